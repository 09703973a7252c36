import { Kysely, Migrator } from 'kysely';
import { NewerSchema } from '../errors.js';
import { initial } from './migrations/0001-initial.js';
import { removedFolders } from './migrations/0002-removed-folders.js';
import { sqliteDialect } from './sqlite.js';
import type { Tables } from './tables.js';

export interface Database {
  readonly query: Kysely<Tables>;
  close(): Promise<void>;
}

const MIGRATIONS = { '0001-initial': initial, '0002-removed-folders': removedFolders };

/**
 * Opens the SQLite file, made if missing, at the newest schema. What a call wrote is on disk when it returns.
 * Throws `NewerSchema` if a newer version of this program wrote the file.
 */
export async function openDatabase({ path }: { readonly path: string }): Promise<Database> {
  const query = new Kysely<Tables>({ dialect: sqliteDialect(path) });
  const migrator = new Migrator({ db: query, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await query.destroy();
    if (error instanceof Error && error.message.includes('corrupted migrations'))
      throw new NewerSchema(path, error);
    throw error;
  }
  return { query, close: () => query.destroy() };
}
