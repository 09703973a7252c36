import { outcomeOf, valueOf } from '@synergos/contract';
import type { JobContext, JobHandler } from '@synergos/scaling';
import { OrchestrationError } from '@synergos/orchestration/upload-port';
import { jobKinds, type JobKind } from '@synergos/orchestration';
import { startThread, type ThreadOptions } from '../thread.js';
import type { GridCalls, GridFacts, GridState, MainCalls } from './protocol.js';

/** A grid in a thread of its own, seen from the main thread. */
export interface GridThread extends GridFacts {
  /** Handlers for a job queue; each runs its job in the grid's thread. */
  readonly handlers: Readonly<Record<JobKind, JobHandler>>;
  /** Up to one second old. */
  readonly state: GridState;
  /** Ends the connection of a participant whose token was revoked. */
  disconnect(participant: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts the grid in a thread whose module calls `hostGrid`. Rejects with the reason if the start fails. */
export async function startGridThread(options: ThreadOptions): Promise<GridThread> {
  let state: GridState = { participants: [], traffic: { receivedBytes: 0, sentBytes: 0 } };
  const contexts = new Map<string, JobContext>();
  const calls: MainCalls = {
    emit: (job, type, data) =>
      outcomeOf(async () => {
        const context = contexts.get(job);
        if (context === undefined) throw new OrchestrationError('unknown_job', `job ${job} has ended`);
        await context.emit(type, data);
      }),
    report: (reported) => {
      state = reported;
    },
  };
  const thread = await startThread<GridCalls, MainCalls>("the grid's thread", calls, options);
  const { facts, calls: grid } = thread;

  const run = async (context: JobContext): Promise<unknown> => {
    const { job, signal } = context;
    // The job may have been cancelled before this listener was added.
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
  return {
    ...facts,
    handlers: Object.fromEntries(jobKinds.map((kind) => [kind, run])) as Record<JobKind, JobHandler>,
    get state() {
      return state;
    },
    disconnect: (participant) => grid.disconnect(participant),
    close: () => thread.close(),
  };
}
