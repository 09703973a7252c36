import type { Outcome } from '@synergos/contract';
import type { TaskHandler, TaskResult, WorkerTask } from '@synergos/rpc-core';

/** A task as the thread gets it; its tensors are shared or copied, never taken away. */
export type ThreadTask = Pick<WorkerTask, 'id' | 'kind' | 'payload' | 'tensors'>;

/** Who does a worker's tasks. */
export interface TaskHost {
  /** By kind. */
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  /** What the TTP is told that the worker can do. */
  readonly capabilities: readonly string[];
}

/** Served by the thread that does the tasks. */
export interface TaskCalls {
  /** Resolves with the capabilities. */
  start(): Promise<Outcome<readonly string[]>>;
  run(task: ThreadTask): Promise<Outcome<TaskResult>>;
  abort(task: string): void;
}

/** Served by the main thread. */
export interface WorkerCalls {
  progress(task: string, data: Readonly<Record<string, unknown>>): void;
}
