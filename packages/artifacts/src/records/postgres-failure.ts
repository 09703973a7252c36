import { ArtifactsError, DatabaseRefused, DatabaseUnreachable, StorageFull } from '../errors.js';

/** User and database for messages, without the password. */
export interface PostgresTarget {
  readonly database: string;
  readonly user: string;
}

const DISK_FULL = '53100';
// Not authenticated, no such database, insufficient privilege, read-only.
const REFUSED = /^(28...|3D000|42501|25006)$/;
// Connection lost, server stopping or starting, too many connections, idle session ended by the server.
const UNREACHABLE = /^(08...|57P0.|53300|25P0[34])$/;
// The driver's message if the server asks for a password and none is given.
const NO_PASSWORD = /password must be a/;

/**
 * Converts errors of PostgreSQL or its driver to this package's errors; other errors of the server are returned
 * unchanged.
 */
export function postgresFailure(error: unknown, { database, user }: PostgresTarget): unknown {
  if (error instanceof ArtifactsError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if ('severity' in error && code !== undefined) {
    if (code === DISK_FULL) return new StorageFull(database, error);
    if (REFUSED.test(code)) return new DatabaseRefused(database, user, error.message, error);
    if (UNREACHABLE.test(code)) return new DatabaseUnreachable(database, error.message, error);
    return error;
  }
  if (NO_PASSWORD.test(error.message))
    return new DatabaseRefused(database, user, 'it wants a password', error);
  return new DatabaseUnreachable(database, code ?? error.message, error);
}

/** The server aborted this transaction in favour of another one; a repetition succeeds. */
export function gaveWay(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40001' || error.code === '40P01');
}

/** An administrator's command ended the session, and the server rolled back its transaction. */
export function sessionWasEnded(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '57P01') || sessionWasEnded(error.cause);
}
