import { setMaxListeners } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createChanges } from '../changes.js';
import { describeFailure, JobCancelled, QueueClosed, ScalingError } from '../errors.js';
import { createFollowing } from '../follow.js';
import { jobIsOver } from '../job-over.js';
import { newJob } from '../new-job.js';
import type { Job, JobChange, JobEvent, JobState, JobStore } from '../job.js';
import { silentLogger, type Logger } from '../logger.js';
import type { JobHandler, JobQueue } from '../queue.js';

export interface InProcessQueueOptions {
  readonly store: JobStore;
  readonly logger?: Logger;
  readonly now?: () => Date;
  readonly newId?: () => string;
  /** How long `cancel` and `close` wait for a handler that does not heed its signal. Default 10 s. */
  readonly graceMs?: number;
  /** Pause before the store is tried again after it failed. Default 1 s. */
  readonly storeRetryMs?: number;
}

/** Jobs done in this process, one at a time, in the order they were submitted; the store makes them outlive it. */
export function createInProcessQueue(options: InProcessQueueOptions): JobQueue {
  return new InProcessQueue(options);
}

const CANCELLED = new JobCancelled();
const CLOSED = new QueueClosed();

interface Running {
  readonly id: string;
  readonly controller: AbortController;
}

class InProcessQueue implements JobQueue {
  readonly #store: JobStore;
  readonly #logger: Logger;
  readonly #now: () => string;
  readonly #newId: () => string;
  readonly #graceMs: number;
  readonly #storeRetryMs: number;
  readonly #changes = createChanges();
  readonly #following: Pick<JobQueue, 'wait' | 'events'>;
  readonly #closing = new AbortController();
  /** Jobs that are over in the store while their last event is being written. */
  readonly #ending = new Set<{ readonly id: string }>();
  #handlers: Readonly<Record<string, JobHandler>> | undefined;
  #running: Running | undefined;
  #work: Promise<void> | undefined;
  #moreWork = false;
  /** Set when nothing happens any more; whoever waits then waits in vain. */
  #closed = false;

  constructor(options: InProcessQueueOptions) {
    const { store, logger = silentLogger, now = () => new Date(), newId = randomUUID } = options;
    this.#store = store;
    this.#logger = logger;
    this.#now = () => now().toISOString();
    this.#newId = newId;
    this.#graceMs = options.graceMs ?? 10_000;
    this.#storeRetryMs = options.storeRetryMs ?? 1000;
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
    await this.#append(job.id, 'queued', { kind });
    this.#wake();
    return job;
  }

  get(id: string): Promise<Job | undefined> {
    return this.#store.get(id);
  }

  list(): Promise<readonly Job[]> {
    return this.#store.list();
  }

  async cancel(id: string): Promise<Job | undefined> {
    if (this.#running?.id !== id) {
      const job = await this.#end(id, ['queued', 'running'], { state: 'cancelled' });
      // It may have been started while the store was asked.
      if (job !== undefined || this.#running?.id !== id) {
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
      this.#logger.info(
        { job: job.id, kind: job.kind },
        'taking up a job that was under way when the process ended',
      );
    this.#handlers = handlers;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#running !== undefined) this.#abort(this.#running.id, CLOSED);
    if (this.#work !== undefined) {
      const deadline = new AbortController();
      const late = delay(this.#graceMs, true, { signal: deadline.signal }).catch(() => false);
      if (await Promise.race([this.#work.then(() => false), late]))
        this.#logger.warn(
          { job: this.#running?.id },
          'closing although a job does not heed that it is to stop',
        );
      deadline.abort();
    }
    this.#closed = true;
    this.#changes.tellAll();
  }

  #abort(id: string, reason: Error): void {
    if (this.#running?.id === id) this.#running.controller.abort(reason);
  }

  #isOver(job: Job): boolean {
    return jobIsOver(job) && ![...this.#ending].some(({ id }) => id === job.id);
  }

  #wake(): void {
    this.#moreWork = true;
    if (this.#handlers === undefined || this.#closing.signal.aborted) return;
    this.#work ??= this.#drain();
  }

  async #drain(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#moreWork && !signal.aborted) {
      this.#moreWork = false;
      try {
        while (await this.#runNext());
      } catch (error) {
        this.#logger.error({ err: error }, 'the job queue cannot reach its store; trying again');
        this.#moreWork = true;
        await delay(this.#storeRetryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    // In the same turn as the last look at #moreWork, so that no wake falls between.
    this.#work = undefined;
  }

  /** False if there is nothing to do. */
  async #runNext(): Promise<boolean> {
    if (this.#closing.signal.aborted) return false;
    const [survivor] = await this.#store.list({ states: ['running'] });
    const next = survivor ?? (await this.#store.list({ states: ['queued'] }))[0];
    if (next === undefined) return false;
    // Jobs are done in order: what it comes after has ended, one way or the other.
    if (next.after !== null && (await this.#store.get(next.after))?.state !== 'completed') {
      await this.#end(next.id, [next.state], { state: 'cancelled' });
      return true;
    }
    const running = { id: next.id, controller: new AbortController() };
    // A handler may do many things at once, each of which listens.
    setMaxListeners(0, running.controller.signal);
    this.#running = running;
    try {
      await this.#run(next, running.controller.signal);
    } finally {
      this.#running = undefined;
    }
    return true;
  }

  async #run({ id, state, attempts, startedAt }: Job, signal: AbortSignal): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const job = await this.#store.transition(id, [state], {
      state: 'running',
      attempts: attempts + 1,
      startedAt: startedAt ?? this.#now(),
    });
    if (job === undefined) return;
    await this.#append(id, 'started', { attempt: job.attempts });
    try {
      signal.throwIfAborted();
      const handler = this.#handlers?.[job.kind];
      if (handler === undefined)
        throw new ScalingError('unknown_kind', `no handler does '${job.kind}' jobs here`);
      const result = await handler({ job, signal, emit: (type, data) => this.#append(id, type, data) });
      await this.#end(id, ['running'], { state: 'completed', result: result ?? null });
    } catch (error) {
      if (signal.reason === CLOSED) return;
      if (signal.reason === CANCELLED) return void (await this.#end(id, ['running'], { state: 'cancelled' }));
      this.#logger.error({ job: id, kind: job.kind, err: error }, 'job failed');
      await this.#end(id, ['running'], { state: 'failed', error: describeFailure(error) });
    }
  }

  async #end(id: string, from: readonly JobState[], change: JobChange): Promise<Job | undefined> {
    const ending = { id };
    this.#ending.add(ending);
    try {
      const job = await this.#store.transition(id, from, { ...change, finishedAt: this.#now() });
      if (job !== undefined) await this.#append(id, job.state, job.error === null ? {} : { ...job.error });
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
