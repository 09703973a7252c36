import type { FailureReport, TaskHandler, TaskResult, WorkerTask } from '@synergos/rpc-core';
import { ParticipantError } from '../errors.js';

/** Errors travel as outcomes, for a copied error loses its code. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** Stack of the original error, for the log of this machine. */
      readonly stack?: string | undefined;
    };

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

/** An error with the message that it has: for callers on this machine only. */
export function localReportOf(error: unknown): FailureReport {
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  return { code, message: error.message };
}

export async function outcomeOf<Value>(
  work: () => Promise<Value>,
  report: (error: unknown) => FailureReport,
): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, ...report(error), stack: error instanceof Error ? error.stack : undefined };
  }
}

export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  const cause = Object.assign(new Error('in the thread of the tasks'), { stack: outcome.stack });
  throw new ParticipantError(outcome.code, outcome.message, { cause });
}
