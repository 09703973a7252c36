import type { Worker } from 'node:worker_threads';
import type { JobContext, JobHandler } from '@synergos/scaling';
import { createBirpc } from 'birpc';
import { OrchestrationError } from '../errors.js';
import { jobKinds, type JobKind } from '../job-kinds.js';
import { outcomeOf, valueOf } from '../outcome.js';
import type { GridCalls, GridFacts, GridState, MainCalls } from './protocol.js';

export interface GridThreadOptions {
  /** Begun already, by whoever has other things to load meanwhile; its module calls `hostGrid`. */
  readonly worker: Worker;
  /** The thread ended although nobody asked for it. */
  readonly onFailure: (error: Error) => void;
}

/** A grid in a thread of its own, seen from the main thread. */
export interface GridThread extends GridFacts {
  /** To be given to a job queue: each has its job done in the thread. */
  readonly handlers: Readonly<Record<JobKind, JobHandler>>;
  /** At most a second old. */
  readonly state: GridState;
  /** Ends the connection of a participant whose token was revoked. */
  disconnect(participant: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts the grid of the thread; rejects with the reason if its grid cannot be. */
export async function startGridThread({ worker, onFailure }: GridThreadOptions): Promise<GridThread> {
  let state: GridState = { participants: [], traffic: { receivedBytes: 0, sentBytes: 0 } };
  const contexts = new Map<string, JobContext>();
  const calls: MainCalls = {
    emit: (job, type, data) =>
      outcomeOf(async () => {
        const context = contexts.get(job);
        if (context === undefined) throw new OrchestrationError('unknown_job', `job ${job} has ended`);
        await context.emit(type, data);
      }),
    tell: (told) => {
      state = told;
    },
  };
  const grid = createBirpc<GridCalls, MainCalls>(calls, {
    post: (message) => worker.postMessage(message),
    on: (listener) => worker.on('message', listener),
    timeout: -1,
  });
  let closing = false;
  const failed = (error: Error) => {
    if (closing) return;
    closing = true;
    grid.$close(error);
    onFailure(error);
  };
  worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => failed(new Error(`the grid's thread ended with code ${code}`)));

  const run = async (context: JobContext): Promise<unknown> => {
    const { job, signal } = context;
    // It may have been cancelled on the way here, when nobody listened.
    signal.throwIfAborted();
    const abort = () => void grid.abort.asEvent(job.id).catch(() => undefined);
    contexts.set(job.id, context);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return valueOf(await grid.run(job));
    } finally {
      signal.removeEventListener('abort', abort);
      contexts.delete(job.id);
    }
  };
  const end = async () => {
    closing = true;
    await worker.terminate();
  };
  try {
    return {
      ...valueOf(await grid.start()),
      handlers: Object.fromEntries(jobKinds.map((kind) => [kind, run])) as Record<JobKind, JobHandler>,
      get state() {
        return state;
      },
      disconnect: (participant) => grid.disconnect(participant),
      close: async () => {
        closing = true;
        valueOf(await grid.close());
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
