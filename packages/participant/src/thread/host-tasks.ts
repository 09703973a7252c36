import type { MessagePort } from 'node:worker_threads';
import { outcomeOf, type Outcome } from '@synergos/contract';
import { reportOf, type TaskResult } from '@synergos/rpc-core';
import { isOfResult, post } from '@synergos/rpc-core/threads';
import { createBirpc } from 'birpc';
import { InvalidTask } from '../errors.js';
import type { TaskCalls, TaskHost, WorkerCalls } from './protocol.js';

/** Serves the main thread in the thread of the tasks: heartbeats and transfers continue there during a training. */
export function hostTasks(port: MessagePort, start: () => Promise<TaskHost>): void {
  let handlers: TaskHost['handlers'] = {};
  const running = new Map<string, AbortController>();
  const calls: TaskCalls = {
    start: () =>
      outcomeOf(async () => {
        const host = await start();
        handlers = host.handlers;
        return host.capabilities;
      }),
    run: (task) =>
      outcomeOf(async () => {
        const handle = handlers[task.kind];
        if (handle === undefined) throw new InvalidTask(`this worker does not run '${task.kind}' tasks`);
        const controller = new AbortController();
        running.set(task.id, controller);
        try {
          const progress = (data: Readonly<Record<string, unknown>>) =>
            void main.progress.asEvent(task.id, data).catch(() => undefined);
          return await handle({ ...task, signal: controller.signal, progress });
        } finally {
          running.delete(task.id);
        }
      }, reportOf),
    abort: (task) => running.get(task)?.abort(),
  };
  const main = createBirpc<WorkerCalls, TaskCalls>(calls, {
    post: (message) => post(port, message, buffersOf((message as { r?: Outcome<unknown> }).r)),
    onGeneralError: isOfResult,
    on: (listener) => port.on('message', listener),
    // A training may take any time.
    timeout: -1,
  });
}

/** Buffers to transfer instead of copying: an update is as large as the model. */
function buffersOf(outcome: Outcome<unknown> | undefined): ArrayBuffer[] {
  if (outcome?.ok !== true) return [];
  const { tensors = {} } = (outcome.value ?? {}) as Partial<TaskResult>;
  const buffers = Object.values(tensors)
    .flat()
    .flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
  return [...new Set(buffers)];
}
