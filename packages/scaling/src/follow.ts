import { QueueClosed, UnknownJob } from './errors.js';
import type { Changes } from './changes.js';
import type { Job, JobEvent, JobState, JobStore } from './job.js';
import { jobIsOver } from './job-over.js';
import type { JobQueue } from './queue.js';

export interface FollowOptions {
  readonly store: JobStore;
  readonly changes: Changes;
  /** Whether nothing will happen to the job any more, its last event included. */
  readonly isOver: (job: Job) => boolean;
  /** Whether nothing happens to any job any more; whoever waits then waits in vain. */
  readonly isClosed: () => boolean;
}

/** Events that are read at a time: a job of many rounds has more than memory should hold at once. */
const EVENTS_AT_ONCE = 500;

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
          let over = isClosed();
          let events = await store.events(id, last, EVENTS_AT_ONCE);
          if (events.length === EVENTS_AT_ONCE) {
            yield* events;
            last = events.at(-1)?.sequence ?? last;
            continue;
          }
          const newest = events.at(-1);
          // Where there is more, and no end among it, the job itself need not be looked at.
          if (newest === undefined || jobIsOver({ state: newest.type as JobState })) {
            const job = await store.get(id);
            if (job === undefined) throw new UnknownJob(id);
            // Its last event may have come between the two looks.
            if (isOver(job)) [over, events] = [true, await store.events(id, last)];
          }
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
