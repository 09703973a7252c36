import { AsyncLocalStorage } from 'node:async_hooks';

const longest = new AsyncLocalStorage<number>();

/**
 * Bounds how long each statement of `work` waits for a database that another process has locked; then it fails with
 * `DatabaseLocked`. Without a bound a statement waits until the lock is free.
 */
export function withDatabaseWait<Result>(mostMs: number, work: () => Result): Result {
  return longest.run(mostMs, work);
}

/** Limit of the current call. */
export function longestDatabaseWaitMs(): number {
  return longest.getStore() ?? Infinity;
}
