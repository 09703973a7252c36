import type { Kysely, Migration } from 'kysely';

/** Folders of removed records with files that must still be removed. */
export const removedFolders: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('removed_folders')
      .addColumn('path', 'text', (column) => column.primaryKey())
      .execute();
  },
};
