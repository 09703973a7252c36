import { UnknownJob } from './errors.js';
import type { JobEvent, JobStore } from './job.js';
import type { JobHandler, JobQueue } from './queue.js';

export interface DividedQueueOptions {
  /** Has the jobs of both queues. */
  readonly store: Pick<JobStore, 'get' | 'list' | 'counts'>;
  /** Kinds of the jobs that `queue` runs; `rest` runs all others. */
  readonly kinds: readonly string[];
  readonly queue: JobQueue;
  readonly rest: JobQueue;
}

/**
 * Combines two queues, divided by kind of job: jobs that submit others and wait for them run in a queue of their own, so
 * that they do not block the jobs that they wait for.
 */
export function createDividedQueue({ store, kinds, queue, rest }: DividedQueueOptions): JobQueue {
  const queueFor = (kind: string) => (kinds.includes(kind) ? queue : rest);
  const queueOf = async (id: string) => {
    const job = await store.get(id);
    if (job === undefined) throw new UnknownJob(id);
    return queueFor(job.kind);
  };
  return {
    submit: (kind, payload, options) => queueFor(kind).submit(kind, payload, options),
    get: (id) => store.get(id),
    list: (filter) => store.list(filter),
    counts: () => store.counts(),
    cancel: async (id) => {
      const job = await store.get(id);
      return job && queueFor(job.kind).cancel(id);
    },
    wait: async (id, options) => (await queueOf(id)).wait(id, options),
    async *events(id, options): AsyncGenerator<JobEvent> {
      yield* (await queueOf(id)).events(id, options);
    },
    start: async (handlers) => {
      await rest.start(of(handlers, (kind) => !kinds.includes(kind)));
      await queue.start(of(handlers, (kind) => kinds.includes(kind)));
    },
    // The queue whose jobs submit others closes first.
    close: async () => {
      await queue.close();
      await rest.close();
    },
  };
}

/** Restricts the listings of a store to some kinds of jobs; other jobs can be read and changed by id. */
export function jobsOfKinds(store: JobStore, includes: (kind: string) => boolean): JobStore {
  return {
    insert: (job) => store.insert(job),
    get: (id) => store.get(id),
    list: async ({ newest, ...filter } = {}) => {
      const jobs = (await store.list(filter)).filter(({ kind }) => includes(kind));
      return newest === undefined ? jobs : jobs.slice(Math.max(0, jobs.length - newest));
    },
    counts: () => store.counts(),
    transition: (id, from, change) => store.transition(id, from, change),
    appendEvent: (job, type, data, at) => store.appendEvent(job, type, data, at),
    events: (job, after, most) => store.events(job, after, most),
    eventsFromLast: (job, type) => store.eventsFromLast(job, type),
  };
}

function of(
  handlers: Readonly<Record<string, JobHandler>>,
  includes: (kind: string) => boolean,
): Record<string, JobHandler> {
  return Object.fromEntries(Object.entries(handlers).filter(([kind]) => includes(kind)));
}
