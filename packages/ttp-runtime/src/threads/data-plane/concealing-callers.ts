import type { Identities } from '@synergos/logging';
import type { Authenticate } from '@synergos/rpc-core';

/**
 * Checks callers as `authenticate` does; the censor learns the id of each that proved it. Any caller can claim any id:
 * learning a claim would let a stranger choose words that disappear from the log.
 */
export function concealingCallers(
  authenticate: Authenticate,
  identities: Identities | undefined,
): Authenticate {
  if (identities === undefined) return authenticate;
  return async (participant, token) => {
    const outcome = await authenticate(participant, token);
    const isProven = outcome === 'ok' || outcome === 'expired token' || typeof outcome === 'object';
    if (isProven) identities.conceal('participant', participant);
    return outcome;
  };
}
