import { AsyncResource } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import type { JobEventData, JobEventType } from '@synergos/contract/events';
import { createNotifier } from '../notifier.js';
import { JobCancelled, QueueClosed, ScalingError } from '../errors.js';
import { createFollowing } from '../following.js';
import { crashLimitReached, MAX_CRASHES, PROGRESS } from '../crash-limit.js';
import { jobIsOver } from '../job-over.js';
import { newJob } from '../new-job.js';
import type { Job, JobChange, JobEvent, JobFilter, JobState, JobStore } from '../job.js';
import type { AroundJob, JobHandler, JobQueue } from '../queue.js';

export interface InProcessQueueOptions {
  readonly store: JobStore;
  readonly logger?: Logger;
  readonly now?: () => Date;
  readonly newId?: () => string;
  /** Number of jobs that run at the same time. Default 1. */
  readonly concurrency?: number;
  /** Jobs with the same text run one at a time, in the order of their submission. Default: all jobs may run in parallel. */
  readonly exclusive?: (job: Pick<Job, 'kind' | 'payload'>) => string;
  /** How long `cancel` and `close` wait for a handler that does not respond to its signal. Default 10 s. */
  readonly graceMs?: number;
  /** A job fails after this number of crashes without progress between them. Default 5. */
  readonly maxCrashes?: number;
  /** Pause after an error of the store. Default 1 s. */
  readonly storeRetryMs?: number;
  readonly around?: AroundJob;
}

/** Runs jobs in this process, in the order of their submission. Jobs in the store survive a restart. */
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
  readonly #maxCrashes: number;
  readonly #around: AroundJob;
  readonly #notifier = createNotifier();
  readonly #following: Pick<JobQueue, 'wait' | 'events'>;
  readonly #closing = new AbortController();
  /** Jobs that are over in the store, and whose last event is being written. */
  readonly #ending = new Set<{ readonly id: string }>();
  #handlers: Readonly<Record<string, JobHandler>> | undefined;
  /** Running jobs. */
  readonly #running = new Map<string, AbortController>();
  /** The `exclusive` text of each running job. */
  readonly #taken = new Map<string, string>();
  /** Loops that run one job after another. */
  readonly #loops = new Set<Promise<void>>();
  #moreWork = false;
  /** Set when no job changes any more: pending waits are rejected. */
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
    this.#maxCrashes = options.maxCrashes ?? MAX_CRASHES;
    this.#around = options.around ?? ((_job, work) => work());
    this.#following = createFollowing({
      store,
      notifier: this.#notifier,
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
    // The job is in the store: it runs even if the event cannot be written.
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
      // It may have started during the call of the store.
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
          'resuming a job that was running when the process ended',
        ),
      );
    this.#handlers = handlers;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const id of this.#running.keys()) this.#abort(id, CLOSED);
    if (this.#loops.size > 0) {
      const deadline = new AbortController();
      const late = delay(this.#graceMs, true, { signal: deadline.signal }).catch(() => false);
      if (await Promise.race([Promise.all(this.#loops).then(() => false), late]))
        this.#logger.warn(
          { jobs: [...this.#running.keys()] },
          'closed while a job does not respond to its signal',
        );
      deadline.abort();
    }
    this.#closed = true;
    this.#notifier.notifyAll();
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
    while (this.#loops.size < this.#concurrency) this.#open();
  }

  /** Bound here, so that a submitted job does not run in the async context of the job that submits it. */
  readonly #open = AsyncResource.bind(() => {
    // Removed in the same turn as the last read of #moreWork, so that no wake falls between.
    const loop = this.#drain(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  });

  async #drain(leave: () => void): Promise<void> {
    const { signal } = this.#closing;
    do {
      this.#moreWork = false;
      try {
        while (await this.#runNext());
      } catch (error) {
        this.#logger.error({ err: error }, 'job queue cannot reach its store; retrying');
        this.#moreWork = true;
        await delay(this.#storeRetryMs, undefined, { signal }).catch(() => undefined);
      }
    } while (this.#moreWork && !signal.aborted);
    leave();
  }

  /** Resolves with `false` if there is no job to run. */
  async #runNext(): Promise<boolean> {
    if (this.#closing.signal.aborted) return false;
    const survivors = await this.#store.list({ states: ['running'] });
    const waiting = await this.#store.list({ states: ['queued'] });
    for (const job of [...survivors, ...waiting]) {
      const first = job.after === null ? undefined : await this.#store.get(job.after);
      if (first !== undefined && !jobIsOver(first)) continue;
      // No await between this check and the entry in the map: another loop checks, too.
      if (this.#running.has(job.id)) continue;
      const exclusive = this.#exclusive?.(job);
      if (exclusive !== undefined) {
        if ([...this.#taken.values()].includes(exclusive)) continue;
        this.#taken.set(job.id, exclusive);
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
    const lost = attempts < this.#maxCrashes ? 0 : await this.#timesLost(id);
    if (lost >= this.#maxCrashes) {
      const error = crashLimitReached(lost);
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
        throw new ScalingError('unknown_kind', `this process has no handler for '${job.kind}' jobs`);
      const result = await handler({ job, signal, emit: (type, data) => this.#append(id, type, data) });
      await this.#end(id, ['running'], { state: 'completed', result: result ?? null });
    } catch (error) {
      if (signal.reason === CLOSED) return await this.#append(id, 'interrupted', {});
      if (signal.reason === CANCELLED) return void (await this.#end(id, ['running'], { state: 'cancelled' }));
      this.#logger.error({ job: id, kind: job.kind, err: error }, 'job failed');
      await this.#end(id, ['running'], { state: 'failed', error: failureOf(error) });
    }
  }

  /** Number of starts since the last progress that neither ended the job nor were interrupted by `close`. */
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
        if (job.error !== null) await this.#append(id, 'failed', job.error);
        else await this.#append(id, job.state === 'completed' ? 'completed' : 'cancelled', {});
        this.#logger.info({ job: id, kind: job.kind, state: job.state }, 'job ended');
      }
      return job;
    } finally {
      this.#ending.delete(ending);
      this.#notifier.notify(id);
    }
  }

  async #append<Type extends JobEventType>(id: string, type: Type, data: JobEventData<Type>): Promise<void> {
    await this.#store.appendEvent(id, type, data, this.#now());
    this.#notifier.notify(id);
  }
}
