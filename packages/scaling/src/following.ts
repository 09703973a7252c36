import { QueueClosed, UnknownJob } from './errors.js';
import type { Notifier } from './notifier.js';
import type { Job, JobEvent, JobState, JobStore } from './job.js';
import { jobIsOver } from './job-over.js';
import type { JobQueue } from './queue.js';

export interface FollowOptions {
  readonly store: JobStore;
  readonly notifier: Notifier;
  /** Whether the job and its events do not change any more. */
  readonly isOver: (job: Job) => boolean;
  /** Whether the queue is closed: no job changes any more. */
  readonly isClosed: () => boolean;
}

/** Events that are read at a time: a job of many rounds has too many for memory. */
const EVENTS_AT_ONCE = 500;

/** Follows jobs by reading the store at every change. */
export function createFollowing(options: FollowOptions): Pick<JobQueue, 'wait' | 'events'> {
  const { store, notifier, isOver, isClosed } = options;
  return {
    async wait(id, { signal } = {}): Promise<Job> {
      for (;;) {
        signal?.throwIfAborted();
        const change = notifier.next(id, signal);
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
        const change = notifier.next(id, signal);
        try {
          let over = isClosed();
          let events = await store.events(id, last, EVENTS_AT_ONCE);
          if (events.length === EVENTS_AT_ONCE) {
            yield* events;
            last = events.at(-1)?.sequence ?? last;
            continue;
          }
          const newest = events.at(-1);
          // If there are events and none of them is the end, the job itself need not be read.
          if (newest === undefined || jobIsOver({ state: newest.type as JobState })) {
            const job = await store.get(id);
            if (job === undefined) throw new UnknownJob(id);
            // Its last event may have been written between the two reads.
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
