import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logger.js';
import { PARTICIPANT_HEADER } from '../protocol/paths.js';

export type Authentication = 'ok' | 'unknown participant' | 'wrong token';

/** Says whether this token opens the data port to this participant. */
export type Authenticate = (
  participant: string,
  token: string | undefined,
) => Promise<Authentication> | Authentication;

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export type Caller = { readonly participant: string } | { readonly refusal: Refusal };

/** Which participant sends this request, if its headers prove it. */
export async function callerOf(
  { headers }: IncomingMessage,
  authenticate: Authenticate,
  logger: Logger,
): Promise<Caller> {
  const header = headers[PARTICIPANT_HEADER];
  if (typeof header !== 'string' || header === '')
    return refused(401, 'no_participant', `the header ${PARTICIPANT_HEADER} is missing`);
  const participant = decoded(header);
  if (participant === undefined)
    return refused(400, 'bad_participant', `the header ${PARTICIPANT_HEADER} is not percent-encoded UTF-8`);
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const outcome = await authenticate(participant, token);
  if (outcome === 'ok') return { participant };
  logger.warn({ participant }, `a worker was refused: ${outcome}`);
  return outcome === 'wrong token'
    ? refused(401, 'wrong_token', `the token is not the one made for participant '${participant}'`)
    : refused(
        403,
        'unknown_participant',
        `participant '${participant}' is not known here, or has no token yet`,
      );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refused(status: number, code: string, message: string): Caller {
  return { refusal: { status, code, message } };
}
