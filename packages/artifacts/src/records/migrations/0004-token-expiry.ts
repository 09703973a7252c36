import type { Kysely, Migration } from 'kysely';

/** Until when a participant's token holds, ISO 8601; null: for ever. */
export const tokenExpiry: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('participant_tokens').addColumn('expires_at', 'text').execute();
  },
};
