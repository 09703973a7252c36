import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids that a log record carries, named as on the data plane. */
export interface LogContext {
  readonly collab?: string | undefined;
  readonly project?: string | undefined;
  readonly expt?: string | undefined;
  readonly run?: string | undefined;
  readonly job?: string | undefined;
  readonly round?: number | undefined;
  readonly participant?: string | undefined;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Calls `work`. Everything logged in it, and in what it awaits and starts, carries these ids and those of outer contexts. */
export function withLogContext<Result>(context: LogContext, work: () => Result): Result {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

export function currentLogContext(): LogContext | undefined {
  return storage.getStore();
}
