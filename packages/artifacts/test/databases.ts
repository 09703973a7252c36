import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { describe, inject, onTestFinished } from 'vitest';
import { openDatabase, type Database } from '../src/records/database.js';
import type { DialectName } from '../src/records/dialect.js';
import type { DatabaseLocation } from '../src/records/location.js';
import { temporaryFolder } from './temporary-folder.js';

/** A kind of database, so that one test runs on all kinds. */
export interface DatabaseKind {
  readonly dialect: DialectName;
  /** Location of an empty database, removed after the test. */
  locate(): Promise<DatabaseLocation>;
}

/** Runs the tests on each kind of database. Without PostgreSQL, its tests are skipped and give the reason. */
export function describeEachDatabase(tests: (kind: DatabaseKind) => void): void {
  describe('on SQLite', () => {
    tests({ dialect: 'sqlite', locate: async () => ({ path: join(temporaryFolder(), 'records.db') }) });
  });
  describeOnPostgres(() =>
    tests({ dialect: 'postgres', locate: async () => ({ url: await emptyPostgres() }) }),
  );
}

export function describeOnPostgres(tests: () => void): void {
  const postgres = inject('postgres');
  const reason = 'missing' in postgres ? ` (skipped: ${postgres.missing})` : '';
  describe.skipIf('missing' in postgres)(`on PostgreSQL${reason}`, tests);
}

/** An empty database, open until the test is over. */
export async function openEmpty(kind: DatabaseKind): Promise<Database> {
  const database = await openDatabase(await kind.locate());
  onTestFinished(() => database.close());
  return database;
}

/** URL of a separate PostgreSQL database, removed after the test. */
export async function emptyPostgres(): Promise<string> {
  const name = `synergos_test_${randomUUID().replaceAll('-', '_')}`;
  await administer(`create database ${name}`);
  onTestFinished(() => administer(`drop database ${name} with (force)`));
  const url = new URL(serverUrl());
  url.pathname = name;
  return url.href;
}

/** Runs a statement as the owner of the server, outside of the tests' own sessions. */
export async function administer(command: string, url = serverUrl()): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(command);
  await client.end();
}

function serverUrl(): string {
  const postgres = inject('postgres');
  if ('missing' in postgres) throw new Error(postgres.missing);
  return postgres.url;
}
