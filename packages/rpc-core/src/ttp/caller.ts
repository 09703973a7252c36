import type { IncomingMessage } from 'node:http';
import { type FailedLogins, type FailureCode, idSchema } from '@synergos/contract';
import { PARTICIPANT_HEADER } from '../protocol/paths.js';

/** `validUntil`: when a token that is right expires, in milliseconds since the epoch. */
export type Authentication =
  | 'ok'
  | { readonly validUntil: number }
  | 'unknown participant'
  | 'wrong token'
  | 'expired token'
  /** Where no token is asked for. */
  | 'not registered';

/** Says whether this token opens the data port to this participant. */
export type Authenticate = (
  participant: string,
  token: string | undefined,
) => Promise<Authentication> | Authentication;

/** Why a caller is refused; the code has the HTTP status. */
export interface Refusal {
  readonly code: FailureCode;
  readonly message: string;
}

export type Caller =
  { readonly participant: string; readonly validUntil: number } | { readonly refusal: Refusal };

/**
 * Which participant sends this request, if its headers prove it. A caller without the right token does not learn which
 * participants exist.
 */
export async function callerOf(
  { headers, socket }: IncomingMessage,
  authenticate: Authenticate,
  failures: FailedLogins,
): Promise<Caller> {
  const header = headers[PARTICIPANT_HEADER];
  if (typeof header !== 'string' || header === '')
    return refused('no_participant', `the header ${PARTICIPANT_HEADER} is missing`);
  const participant = decoded(header);
  if (participant === undefined)
    return refused('bad_participant', `the header ${PARTICIPANT_HEADER} is not a percent-encoded id`);
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const outcome = await authenticate(participant, token);
  if (outcome === 'ok') return { participant, validUntil: Infinity };
  if (typeof outcome === 'object') return { participant, ...outcome };
  const seconds = await failures.add(socket.remoteAddress, outcome, { claimedParticipant: participant });
  if (seconds !== undefined)
    return refused('too_many_attempts', `too many attempts with a wrong token; wait ${seconds} s`);
  if (outcome === 'expired token')
    return refused('expired_token', `the token of participant '${participant}' has expired`);
  if (outcome === 'not registered')
    return refused('unknown_participant', `participant '${participant}' is not registered here`);
  return refused('wrong_token', `no participant '${participant}' with this token is known here`);
}

function decoded(text: string): string | undefined {
  try {
    return idSchema.safeParse(decodeURIComponent(text)).data;
  } catch {
    return undefined;
  }
}

function refused(code: FailureCode, message: string): Caller {
  return { refusal: { code, message } };
}
