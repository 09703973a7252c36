import type { Kysely, Migration } from 'kysely';

/** Expiry of a participant's token, ISO 8601; null: never. */
export const tokenExpiry: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('participant_tokens').addColumn('expires_at', 'text').execute();
  },
};
