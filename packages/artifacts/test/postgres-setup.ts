import type { TestProject } from 'vitest/node';
import { findPostgres, startPostgres } from './postgres-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of PostgreSQL for tests, or the reason why there is none. */
    postgres: { readonly url: string } | { readonly missing: string };
  }
}

/**
 * Provides a server for all tests of a project: the one of SYNERGOS_TEST_POSTGRES_URL, or one that runs as long as the
 * tests.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const url = process.env.SYNERGOS_TEST_POSTGRES_URL;
  if (url) {
    project.provide('postgres', { url });
    return undefined;
  }
  const programs = findPostgres();
  if (programs === undefined) {
    const missing = 'no PostgreSQL here; install it or set SYNERGOS_TEST_POSTGRES_URL';
    if (process.env.CI) throw new Error(missing);
    process.stderr.write(`Tests with PostgreSQL are skipped: ${missing}\n`);
    project.provide('postgres', { missing });
    return undefined;
  }
  const server = await startPostgres(programs);
  project.provide('postgres', { url: server.url });
  return () => server.stop();
}
