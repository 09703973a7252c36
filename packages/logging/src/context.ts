import { AsyncLocalStorage } from 'node:async_hooks';

/** What records are about; each is written where it is known. */
export interface LogContext {
  readonly collaboration?: string | undefined;
  readonly project?: string | undefined;
  readonly experiment?: string | undefined;
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
