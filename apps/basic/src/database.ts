import { join } from 'node:path';
import type { DatabaseLocation } from '@synergos/artifacts';
import type { BasicOptions } from './options.js';

/** Where the records are: the database asked for, else a SQLite file in the data directory. */
export function locationOf({
  database,
  dataDir,
}: Pick<BasicOptions, 'database' | 'dataDir'>): DatabaseLocation {
  return database === undefined ? { path: join(dataDir, 'records.sqlite') } : { url: database };
}
