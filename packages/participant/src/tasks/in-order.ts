import type { TaskHandler } from '@synergos/rpc-core';

/**
 * Wraps handlers so that their tasks run one at a time, in the order of arrival, and share the memory of the machine. A
 * task that is cancelled while it waits does not run.
 */
export function inOrder<Kinds extends string>(
  handlers: Readonly<Record<Kinds, TaskHandler>>,
): Record<Kinds, TaskHandler> {
  let last: Promise<unknown> = Promise.resolve();
  const queued =
    (handle: TaskHandler): TaskHandler =>
    (task) => {
      const run = last.then(() => {
        task.signal.throwIfAborted();
        return handle(task);
      });
      last = run.catch(() => undefined);
      return run;
    };
  const entries = Object.entries<TaskHandler>(handlers).map(([kind, handle]) => [kind, queued(handle)]);
  return Object.fromEntries(entries) as Record<Kinds, TaskHandler>;
}
