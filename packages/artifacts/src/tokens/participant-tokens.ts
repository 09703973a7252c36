import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../records/database.js';

const PREFIX = 'syn_w_';

/** Tokens of the data port, one per participant; only their digests are stored. */
export function createParticipantTokens({ query }: Database, { now = () => new Date() } = {}) {
  return {
    /** Issues a token that is valid until `expiresAt`, by default for ever; it replaces the older one. */
    async issue(participant: string, expiresAt?: Date): Promise<string> {
      const token = PREFIX + randomBytes(32).toString('base64url');
      const row = {
        participant_id: participant,
        sha256: digest(token),
        created_at: now().toISOString(),
        expires_at: expiresAt?.toISOString() ?? null,
      };
      await query
        .insertInto('participant_tokens')
        .values(row)
        .onConflict((conflict) => conflict.column('participant_id').doUpdateSet(row))
        .execute();
      return token;
    },

    /** Expiry of the token, if it has one, in milliseconds since the epoch. */
    async verify(
      participant: string,
      token: string | undefined,
    ): Promise<
      'ok' | { readonly validUntil: number } | 'unknown participant' | 'wrong token' | 'expired token'
    > {
      const row = await query
        .selectFrom('participant_tokens')
        .select(['sha256', 'expires_at'])
        .where('participant_id', '=', participant)
        .executeTakeFirst();
      // Does the same work for an unknown participant: the response time does not reveal which participants exist.
      const expected = row?.sha256 ?? digest('');
      const same = timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(digest(token ?? ''), 'hex'));
      if (row === undefined) return 'unknown participant';
      if (!same) return 'wrong token';
      if (row.expires_at === null) return 'ok';
      const validUntil = Date.parse(row.expires_at);
      return validUntil > now().getTime() ? { validUntil } : 'expired token';
    },

    async revoke(participant: string): Promise<void> {
      await query.deleteFrom('participant_tokens').where('participant_id', '=', participant).execute();
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
