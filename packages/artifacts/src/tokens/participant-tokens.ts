import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../records/database.js';

const PREFIX = 'syn_w_';

/** Tokens that open the data port, one a participant; only their digests are kept. */
export function createParticipantTokens({ query }: Database, { now = () => new Date() } = {}) {
  return {
    /** A new token; an older one of the participant no longer holds. */
    async issue(participant: string): Promise<string> {
      const token = PREFIX + randomBytes(32).toString('base64url');
      const row = { participant_id: participant, sha256: digest(token), created_at: now().toISOString() };
      await query
        .insertInto('participant_tokens')
        .values(row)
        .onConflict((conflict) => conflict.column('participant_id').doUpdateSet(row))
        .execute();
      return token;
    },

    async verify(
      participant: string,
      token: string | undefined,
    ): Promise<'ok' | 'unknown participant' | 'wrong token'> {
      const row = await query
        .selectFrom('participant_tokens')
        .select('sha256')
        .where('participant_id', '=', participant)
        .executeTakeFirst();
      if (row === undefined) return 'unknown participant';
      const same = timingSafeEqual(Buffer.from(row.sha256, 'hex'), Buffer.from(digest(token ?? ''), 'hex'));
      return same ? 'ok' : 'wrong token';
    },

    async revoke(participant: string): Promise<void> {
      await query.deleteFrom('participant_tokens').where('participant_id', '=', participant).execute();
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
