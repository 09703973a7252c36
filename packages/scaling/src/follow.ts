import { QueueClosed, UnknownJob } from './errors.js';
import type { Changes } from './changes.js';
import type { Job, JobEvent, JobStore } from './job.js';
import type { JobQueue } from './queue.js';

export interface FollowOptions {
  readonly store: JobStore;
  readonly changes: Changes;
  /** Whether nothing will happen to the job any more, its last event included. */
  readonly isOver: (job: Job) => boolean;
  /** Whether nothing happens to any job any more; whoever waits then waits in vain. */
  readonly isClosed: () => boolean;
}

/** Following jobs by looking into the store at every change. */
export function createFollowing(options: FollowOptions): Pick<JobQueue, 'wait' | 'events'> {
  const { store, changes, isOver, isClosed } = options;
  return {
    async wait(id, { signal } = {}): Promise<Job> {
      for (;;) {
        signal?.throwIfAborted();
        const change = changes.next(id, signal);
        try {
          const job = await store.get(id);
          if (job === undefined) throw new UnknownJob(id);
          if (isOver(job)) return job;
          if (isClosed()) throw new QueueClosed();
          await change.happened;
        } finally {
          change.forget();
        }
      }
    },

    async *events(id, { after = 0, signal } = {}): AsyncGenerator<JobEvent> {
      for (let last = after; signal?.aborted !== true;) {
        const change = changes.next(id, signal);
        try {
          const job = await store.get(id);
          if (job === undefined) throw new UnknownJob(id);
          // Asked before the events are read, so that the last one is among them.
          const over = isOver(job) || isClosed();
          const events = await store.events(id, last);
          yield* events;
          if (over) return;
          last = events.at(-1)?.sequence ?? last;
          await change.happened;
        } finally {
          change.forget();
        }
      }
    },
  };
}
