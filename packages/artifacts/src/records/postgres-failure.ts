import { ArtifactsError, DatabaseRefused, DatabaseUnreachable, StorageFull } from '../errors.js';

/** Whom messages speak of; no password. */
export interface PostgresTarget {
  readonly database: string;
  readonly user: string;
}

const DISK_FULL = '53100';
// Not authenticated, no such database, insufficient privilege, read-only.
const REFUSED = /^(28...|3D000|42501|25006)$/;
// Connection lost, server stops or starts, too many connections, the session was ended for its idleness.
const UNREACHABLE = /^(08...|57P0.|53300|25P0[34])$/;
// The driver's own words where the server asks for a password and there is none.
const NO_PASSWORD = /password must be a/;

/** What PostgreSQL or its driver throws, as this package's error; the server's other answers stay as they are. */
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

/** The server chose this transaction to give way to another; done anew it goes through. */
export function gaveWay(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40001' || error.code === '40P01');
}

/** The server ended the session by an administrator's order, and so undid what was under way in it. */
export function sessionWasEnded(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '57P01') || sessionWasEnded(error.cause);
}
