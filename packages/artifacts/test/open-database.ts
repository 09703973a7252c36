import { onTestFinished } from 'vitest';
import { openDatabase, type Database } from '../src/records/database.js';

/** An empty database in memory, closed with the test. */
export async function emptyDatabase(): Promise<Database> {
  const database = await openDatabase({ path: ':memory:' });
  onTestFinished(() => database.close());
  return database;
}
