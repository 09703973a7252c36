import type { Outcome } from '@synergos/contract';
import type { TaskHandler, TaskResult, WorkerTask } from '@synergos/rpc-core';

/** A task in the thread. Its tensors are shared or copied, not transferred. */
export type ThreadTask = Pick<WorkerTask, 'id' | 'kind' | 'payload' | 'tensors'>;

/** Handlers of a worker's tasks, and the capabilities of the worker. */
export interface TaskHost {
  /** By kind of task. */
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  /** Announced to the TTP. */
  readonly capabilities: readonly string[];
}

/** Calls to the thread of the tasks. */
export interface TaskCalls {
  /** Resolves with the capabilities. */
  start(): Promise<Outcome<readonly string[]>>;
  run(task: ThreadTask): Promise<Outcome<TaskResult>>;
  abort(task: string): void;
}

/** Calls to the main thread. */
export interface WorkerCalls {
  progress(task: string, data: Readonly<Record<string, unknown>>): void;
}
