import { AsyncResource } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import { createChanges } from '../changes.js';
import { JobCancelled, QueueClosed, ScalingError } from '../errors.js';
import { createFollowing } from '../follow.js';
import { givenUp, MOST_LOST, PROGRESS } from '../given-up.js';
import { jobIsOver } from '../job-over.js';
import { newJob } from '../new-job.js';
import type { Job, JobChange, JobEvent, JobFilter, JobState, JobStore } from '../job.js';
import type { AroundJob, JobHandler, JobQueue } from '../queue.js';

export interface InProcessQueueOptions {
  readonly store: JobStore;
  readonly logger?: Logger;
  readonly now?: () => Date;
  readonly newId?: () => string;
  /** How many jobs run at the same time. Default 1. */
  readonly concurrency?: number;
  /** Jobs with the same text run one at a time, in the order of their submission. Default: any jobs run side by side. */
  readonly exclusive?: (job: Pick<Job, 'kind' | 'payload'>) => string;
  /** How long `cancel` and `close` wait for a handler that does not heed its signal. Default 10 s. */
  readonly graceMs?: number;
  /** How often the process may die at a job, without progress between, before that is given up. Default 5. */
  readonly mostLost?: number;
  /** Pause before the store is tried again after it failed. Default 1 s. */
  readonly storeRetryMs?: number;
  readonly around?: AroundJob;
}

/** Jobs run in this process, started in the order of their submission; the store makes them outlive it. */
export function createInProcessQueue(options: InProcessQueueOptions): JobQueue {
  return new InProcessQueue(options);
}

const CANCELLED = new JobCancelled();
const CLOSED = new QueueClosed();

class InProcessQueue implements JobQueue {
  readonly #store: JobStore;
  readonly #logger: Logger;
  readonly #now: () => string;
  readonly #newId: () => string;
  readonly #concurrency: number;
  readonly #exclusive: InProcessQueueOptions['exclusive'];
  readonly #graceMs: number;
  readonly #storeRetryMs: number;
  readonly #mostLost: number;
  readonly #around: AroundJob;
  readonly #changes = createChanges();
  readonly #following: Pick<JobQueue, 'wait' | 'events'>;
  readonly #closing = new AbortController();
  /** Jobs that are over in the store while their last event is being written. */
  readonly #ending = new Set<{ readonly id: string }>();
  #handlers: Readonly<Record<string, JobHandler>> | undefined;
  /** Jobs under way. */
  readonly #running = new Map<string, AbortController>();
  /** What the running jobs exclude others by, by job. */
  readonly #taken = new Map<string, string>();
  /** Each does one job after another. */
  readonly #places = new Set<Promise<void>>();
  #moreWork = false;
  /** Set when nothing happens any more; whoever waits then waits in vain. */
  #closed = false;

  constructor(options: InProcessQueueOptions) {
    const { store, logger = silentLogger, now = () => new Date(), newId = randomUUID } = options;
    this.#store = store;
    this.#logger = logger;
    this.#now = () => now().toISOString();
    this.#newId = newId;
    this.#concurrency = options.concurrency ?? 1;
    this.#exclusive = options.exclusive;
    this.#graceMs = options.graceMs ?? 10_000;
    this.#storeRetryMs = options.storeRetryMs ?? 1000;
    this.#mostLost = options.mostLost ?? MOST_LOST;
    this.#around = options.around ?? ((_job, work) => work());
    this.#following = createFollowing({
      store,
      changes: this.#changes,
      isOver: (job) => this.#isOver(job),
      isClosed: () => this.#closed,
    });
  }

  async submit(
    kind: string,
    payload: Readonly<Record<string, unknown>>,
    { after }: { readonly after?: string } = {},
  ): Promise<Job> {
    if (this.#closing.signal.aborted) throw new QueueClosed();
    const job = newJob({ id: this.#newId(), kind, payload, after: after ?? null, createdAt: this.#now() });
    await this.#store.insert(job);
    // It is in the store: whatever becomes of the event, it is due.
    await this.#append(job.id, 'queued', { kind }).finally(() => this.#wake());
    return job;
  }

  get(id: string): Promise<Job | undefined> {
    return this.#store.get(id);
  }

  list(filter?: JobFilter): Promise<readonly Job[]> {
    return this.#store.list(filter);
  }

  counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#store.counts();
  }

  async cancel(id: string): Promise<Job | undefined> {
    if (!this.#running.has(id)) {
      const job = await this.#end(id, ['queued', 'running'], { state: 'cancelled' });
      // It may have been started while the store was asked.
      if (job !== undefined || !this.#running.has(id)) {
        this.#abort(id, CANCELLED);
        return job ?? this.#store.get(id);
      }
    }
    this.#abort(id, CANCELLED);
    return this.wait(id, { signal: AbortSignal.timeout(this.#graceMs) }).catch(() => this.#store.get(id));
  }

  wait(id: string, options?: { readonly signal?: AbortSignal }): Promise<Job> {
    return this.#following.wait(id, options);
  }

  events(
    id: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<JobEvent> {
    return this.#following.events(id, options);
  }

  async start(handlers: Readonly<Record<string, JobHandler>>): Promise<void> {
    for (const job of await this.#store.list({ states: ['running'] }))
      this.#around(job, () =>
        this.#logger.info(
          { job: job.id, kind: job.kind },
          'taking up a job that was under way when the process ended',
        ),
      );
    this.#handlers = handlers;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const id of this.#running.keys()) this.#abort(id, CLOSED);
    if (this.#places.size > 0) {
      const deadline = new AbortController();
      const late = delay(this.#graceMs, true, { signal: deadline.signal }).catch(() => false);
      if (await Promise.race([Promise.all(this.#places).then(() => false), late]))
        this.#logger.warn(
          { jobs: [...this.#running.keys()] },
          'closing although a job does not heed that it is to stop',
        );
      deadline.abort();
    }
    this.#closed = true;
    this.#changes.tellAll();
  }

  #abort(id: string, reason: Error): void {
    this.#running.get(id)?.abort(reason);
  }

  #isOver(job: Job): boolean {
    return jobIsOver(job) && ![...this.#ending].some(({ id }) => id === job.id);
  }

  #wake(): void {
    this.#moreWork = true;
    if (this.#handlers === undefined || this.#closing.signal.aborted) return;
    while (this.#places.size < this.#concurrency) this.#open();
  }

  /** Bound here: a job that submits another is not around that one. */
  readonly #open = AsyncResource.bind(() => {
    // Removed in the same turn as its last look at #moreWork, so that no wake falls between.
    const place = this.#drain(() => this.#places.delete(place));
    this.#places.add(place);
  });

  async #drain(leave: () => void): Promise<void> {
    const { signal } = this.#closing;
    do {
      this.#moreWork = false;
      try {
        while (await this.#runNext());
      } catch (error) {
        this.#logger.error({ err: error }, 'the job queue cannot reach its store; trying again');
        this.#moreWork = true;
        await delay(this.#storeRetryMs, undefined, { signal }).catch(() => undefined);
      }
    } while (this.#moreWork && !signal.aborted);
    leave();
  }

  /** False if there is nothing to do. */
  async #runNext(): Promise<boolean> {
    if (this.#closing.signal.aborted) return false;
    const survivors = await this.#store.list({ states: ['running'] });
    const waiting = await this.#store.list({ states: ['queued'] });
    for (const job of [...survivors, ...waiting]) {
      const first = job.after === null ? undefined : await this.#store.get(job.after);
      if (first !== undefined && !jobIsOver(first)) continue;
      // No pause between this look and the note of it: another place looks, too.
      if (this.#running.has(job.id)) continue;
      const lane = this.#exclusive?.(job);
      if (lane !== undefined) {
        if ([...this.#taken.values()].includes(lane)) continue;
        this.#taken.set(job.id, lane);
      }
      const controller = new AbortController();
      // A handler may do many things at once, each of which listens.
      setMaxListeners(0, controller.signal);
      this.#running.set(job.id, controller);
      try {
        if (job.after !== null && first?.state !== 'completed')
          await this.#end(job.id, [job.state], { state: 'cancelled' });
        else await this.#around(job, () => this.#run(job, controller.signal));
      } finally {
        this.#running.delete(job.id);
        this.#taken.delete(job.id);
      }
      return true;
    }
    return false;
  }

  async #run({ id, state, attempts, startedAt }: Job, signal: AbortSignal): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const lost = attempts < this.#mostLost ? 0 : await this.#timesLost(id);
    if (lost >= this.#mostLost) {
      const error = givenUp(`the process died ${lost} times while it was at it, and it came no further`);
      this.#logger.error({ job: id, reason: error.message }, 'job failed');
      return void (await this.#end(id, [state], { state: 'failed', error }));
    }
    const job = await this.#store.transition(id, [state], {
      state: 'running',
      attempts: attempts + 1,
      startedAt: startedAt ?? this.#now(),
    });
    if (job === undefined) return;
    await this.#append(id, 'started', { attempt: job.attempts });
    this.#logger.info({ job: id, kind: job.kind, attempt: job.attempts }, 'job started');
    try {
      signal.throwIfAborted();
      const handler = this.#handlers?.[job.kind];
      if (handler === undefined)
        throw new ScalingError('unknown_kind', `no handler does '${job.kind}' jobs here`);
      const result = await handler({ job, signal, emit: (type, data) => this.#append(id, type, data) });
      await this.#end(id, ['running'], { state: 'completed', result: result ?? null });
    } catch (error) {
      if (signal.reason === CLOSED) return await this.#append(id, 'interrupted', {});
      if (signal.reason === CANCELLED) return void (await this.#end(id, ['running'], { state: 'cancelled' }));
      this.#logger.error({ job: id, kind: job.kind, err: error }, 'job failed');
      await this.#end(id, ['running'], { state: 'failed', error: failureOf(error) });
    }
  }

  /** Starts of a job that ended neither it nor, by closing, themselves, from the one of its last progress on. */
  async #timesLost(id: string): Promise<number> {
    const types = (await this.#store.events(id)).map(({ type }) => type);
    const progress = types.lastIndexOf(PROGRESS);
    const since = types.slice(progress === -1 ? 0 : types.lastIndexOf('started', progress));
    const count = (wanted: string) => since.filter((type) => type === wanted).length;
    return count('started') - count('interrupted');
  }

  async #end(id: string, from: readonly JobState[], change: JobChange): Promise<Job | undefined> {
    const ending = { id };
    this.#ending.add(ending);
    try {
      const job = await this.#store.transition(id, from, { ...change, finishedAt: this.#now() });
      if (job !== undefined) {
        await this.#append(id, job.state, job.error === null ? {} : { ...job.error });
        this.#logger.info({ job: id, kind: job.kind, state: job.state }, 'job ended');
      }
      return job;
    } finally {
      this.#ending.delete(ending);
      this.#changes.tell(id);
    }
  }

  async #append(id: string, type: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#store.appendEvent(id, type, data, this.#now());
    this.#changes.tell(id);
  }
}
