import { AsyncLocalStorage } from 'node:async_hooks';

/** The ids of what a record is about, named as on the data plane. */
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

/** All that is logged by `work`, and by what it awaits and starts, carries these ids beside those bound around it. */
export function withLogContext<Result>(context: LogContext, work: () => Result): Result {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

export function currentLogContext(): LogContext | undefined {
  return storage.getStore();
}
