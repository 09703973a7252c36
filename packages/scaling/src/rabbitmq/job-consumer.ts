import { setTimeout as delay } from 'node:timers/promises';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import type { ConfirmChannel, GetMessage } from 'amqplib';
import { MAX_CRASHES } from '../crash-limit.js';
import type { Claim, Job, JobLeases, JobStore } from '../job.js';
import { byPriority } from '../job-queue-name.js';
import { createNotifier } from '../notifier.js';
import type { AroundJob, JobHandler } from '../queue.js';
import type { Broker } from './broker.js';
import { ClaimedJob } from './claimed-job.js';
import { decode, jobMessageSchema } from './messages.js';

export interface JobConsumerOptions {
  readonly broker: Broker;
  /** Has the jobs that the messages on the broker name. */
  readonly store: JobStore & JobLeases;
  /** Name of this lease holder. */
  readonly holder: string;
  /** Whether this process can run a job now. A job that it cannot run stays in its queue. Default: any. */
  readonly canTake?: (job: Pick<Job, 'kind' | 'payload'>) => boolean | Promise<boolean>;
  /** How many jobs run at the same time. Default 1. */
  readonly concurrency?: number;
  /** Jobs with the same text run one at a time in this process. Default: all jobs may run in parallel. */
  readonly exclusive?: (job: Pick<Job, 'kind' | 'payload'>) => string;
  /**
   * How long a job waits for an idle consumer before one that already runs a job takes it. Default 2 s: longer than the
   * pauses between two searches for work.
   */
  readonly secondJobAfterMs?: number;
  /** Duration of a lease: after a crash the job waits this long for another consumer. Default 15 s. */
  readonly leaseMs?: number;
  /** A job fails after this number of crashes without progress between them. Default 5. */
  readonly maxCrashes?: number;
  /** Longest time between two searches for work. Default 1 s. */
  readonly pollMs?: number;
  /** How long `close` waits for a handler that does not respond to its signal. Default 10 s. */
  readonly graceMs?: number;
  readonly around?: AroundJob;
  readonly logger?: Logger;
  readonly now?: () => Date;
}

interface Delivery {
  readonly message: GetMessage;
  readonly channel: ConfirmChannel;
}

/** The message of a job whose lease another consumer holds: stored until that lease may have lapsed. */
interface Deferred {
  readonly delivery: Delivery;
  readonly untilMs: number;
}

const WORK = 'work';
const LONGEST_DEFERRAL_MS = 2000;
const RETRY_MS = 500;

/** Consumes jobs from their queues on a broker, and runs them. Any number of consumers may work on the same queues. */
export class JobConsumer {
  readonly #options: JobConsumerOptions;
  readonly #broker: Broker;
  readonly #store: JobStore & JobLeases;
  readonly #canTake: NonNullable<JobConsumerOptions['canTake']>;
  readonly #leaseMs: number;
  readonly #around: AroundJob;
  readonly #logger: Logger;
  readonly #notifier = createNotifier();
  readonly #draining = new AbortController();
  readonly #deferred = new Map<string, Deferred>();
  #handlers: Readonly<Record<string, JobHandler>> = {};
  readonly #running = new Map<string, ClaimedJob>();
  readonly #runs = new Set<Promise<void>>();
  /** The next job of each queue, and since when it waits, as seen here. */
  readonly #waiting = new Map<string, { readonly job: string; readonly sinceMs: number }>();
  #work: Promise<void> | undefined;
  #stopListening: (() => void)[] = [];
  #isInterrupting = false;

  constructor(options: JobConsumerOptions) {
    this.#options = options;
    this.#broker = options.broker;
    this.#store = options.store;
    this.#canTake = options.canTake ?? (() => true);
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#around = options.around ?? ((_job, work) => work());
    this.#logger = options.logger ?? silentLogger;
  }

  /** The running jobs, in the order in which they were started. */
  get running(): readonly Job[] {
    return [...this.#running.values()].map(({ job }) => job);
  }

  start(handlers: Readonly<Record<string, JobHandler>>): void {
    this.#handlers = handlers;
    this.#stopListening = [
      this.#broker.onNotification('submitted', () => this.wake()),
      this.#broker.onNotification('cancelled', ({ job }) => {
        this.#running.get(job)?.cancel();
      }),
    ];
    this.#work = this.#consume();
  }

  /** Searches for work now, for example because `canTake` may return another result. */
  wake(): void {
    this.#notifier.notify(WORK);
  }

  /** Takes no more jobs. The running jobs have `drainMs` to end; then they are released: another consumer resumes them. */
  async close({ drainMs = 0 }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#draining.abort();
    for (const stop of this.#stopListening.splice(0)) stop();
    this.wake();
    if (this.#work === undefined) return;
    if (await isOverWithin(this.#work, drainMs)) return;
    this.#isInterrupting = true;
    for (const job of this.#running.values()) job.interrupt();
    const { graceMs = 10_000 } = this.#options;
    if (await isOverWithin(this.#work, graceMs)) return;
    for (const job of this.running)
      this.#around(job, () =>
        this.#logger.warn({ job: job.id }, 'closed while a job does not respond to its signal'),
      );
  }

  async #consume(): Promise<void> {
    const { signal } = this.#draining;
    while (!signal.aborted) {
      // Started before the search, so that no notification falls between.
      const notified = this.#notifier.next(WORK, signal);
      try {
        if (this.#running.size < (this.#options.concurrency ?? 1) && (await this.#startNext())) continue;
        const pause = new AbortController();
        const { pollMs = 1000 } = this.#options;
        const late = delay(pollMs, undefined, { signal: pause.signal }).catch(() => undefined);
        await Promise.race([notified.happened, late]);
        pause.abort();
      } catch (error) {
        const { code, message } = failureOf(error);
        this.#logger.warn({ code, reason: message }, 'could not take a job; retrying');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      } finally {
        notified.forget();
      }
    }
    for (const { delivery } of this.#deferred.values()) this.#requeue(delivery);
    await Promise.all(this.#runs);
  }

  /** Resolves with `false` if there is no job to run. */
  async #startNext(): Promise<boolean> {
    if (this.#broker.channel === undefined) return false;
    if (await this.#startDeferred()) return true;
    const lanes = byPriority(await this.#store.openLanes());
    const open = new Set(lanes.map(({ lane }) => lane));
    for (const lane of this.#waiting.keys()) if (!open.has(lane)) this.#waiting.delete(lane);
    for (const { lane, next } of lanes) {
      if (next === null || !this.#isFreeFor(next, lane) || !(await this.#canTake(next))) continue;
      for (;;) {
        const { channel } = this.#broker;
        if (channel === undefined || this.#draining.signal.aborted) return false;
        const message = await channel.get(await this.#broker.jobQueue(lane));
        if (message === false) break;
        if (await this.#claimAndStart({ message, channel })) return true;
      }
    }
    return false;
  }

  /** Whether no running job excludes this one, and no idle consumer has taken it for a while. */
  #isFreeFor(job: Pick<Job, 'kind' | 'payload'> & { readonly id: string }, lane: string): boolean {
    if (this.#isExcluded(job)) return false;
    const nowMs = performance.now();
    const { secondJobAfterMs = 2000 } = this.#options;
    const known = this.#waiting.get(lane);
    const sinceMs = known?.job === job.id ? known.sinceMs : nowMs;
    this.#waiting.set(lane, { job: job.id, sinceMs });
    return this.#running.size === 0 || nowMs - sinceMs >= secondJobAfterMs;
  }

  #isExcluded(job: Pick<Job, 'kind' | 'payload'>): boolean {
    const { exclusive } = this.#options;
    return exclusive !== undefined && this.running.some((other) => exclusive(other) === exclusive(job));
  }

  async #startDeferred(): Promise<boolean> {
    for (const [id, { delivery, untilMs }] of this.#deferred) {
      if (delivery.channel !== this.#broker.channel) this.#deferred.delete(id);
      else if (untilMs <= performance.now()) {
        this.#deferred.delete(id);
        const job = await this.#store.get(id);
        if (job !== undefined && (this.#isExcluded(job) || !(await this.#canTake(job))))
          this.#requeue(delivery);
        else if (await this.#claimAndStart(delivery)) return true;
      }
    }
    return false;
  }

  /** Starts the job that a message names if its lease is free. */
  async #claimAndStart(delivery: Delivery): Promise<boolean> {
    const { content, fields } = delivery.message;
    const decoded = decode(jobMessageSchema, content);
    if (!decoded.ok) {
      await this.#broker.deadLetter(content, fields.routingKey, decoded.reason);
      this.#acknowledge(delivery);
      return false;
    }
    const id = decoded.message.job;
    const claimedMs = performance.now();
    const claim = await this.#store.claim(id, { holder: this.#options.holder, leaseMs: this.#leaseMs });
    switch (claim.outcome) {
      case 'claimed':
        this.#start(id, () => this.#around(claim.job, () => this.#run(claim, delivery, claimedMs)));
        return true;
      case 'held':
        this.#defer(id, delivery, claim.forMs);
        return false;
      case 'over':
      case 'unknown':
        this.#logger.debug({ job: id, why: claim.outcome }, 'dropped a message without a job to run');
        this.#acknowledge(delivery);
        return false;
    }
  }

  #start(job: string, run: () => Promise<void>): void {
    const over = run()
      .catch((error: unknown) => {
        const { code, message } = failureOf(error);
        this.#logger.warn({ job, code, reason: message }, 'a job could not be ended; it is taken again');
        return delay(RETRY_MS, undefined, { signal: this.#draining.signal }).catch(() => undefined);
      })
      .finally(() => {
        this.#runs.delete(over);
        this.wake();
      });
    this.#runs.add(over);
  }

  async #run(
    claim: Extract<Claim, { outcome: 'claimed' }>,
    delivery: Delivery,
    claimedMs: number,
  ): Promise<void> {
    const { holder, maxCrashes = MAX_CRASHES, now = () => new Date() } = this.#options;
    const { content, fields } = delivery.message;
    const running = new ClaimedJob(claim, claimedMs, {
      broker: this.#broker,
      store: this.#store,
      holder,
      leaseMs: this.#leaseMs,
      maxCrashes,
      handlers: this.#handlers,
      deadLetter: (reason) => this.#broker.deadLetter(content, fields.routingKey, reason),
      logger: this.#logger,
      now: () => now().toISOString(),
    });
    this.#running.set(claim.job.id, running);
    // Claimed while this consumer closed.
    if (this.#isInterrupting) running.interrupt();
    try {
      await running.run();
    } finally {
      if (running.isSettled) this.#acknowledge(delivery);
      else this.#requeue(delivery);
      this.#running.delete(claim.job.id);
    }
  }

  #defer(id: string, delivery: Delivery, heldForMs: number): void {
    // One message of a job is enough.
    if (this.#deferred.has(id)) this.#acknowledge(delivery);
    else
      this.#deferred.set(id, {
        delivery,
        untilMs: performance.now() + Math.min(heldForMs + 20, LONGEST_DEFERRAL_MS),
      });
  }

  /** The broker delivers the messages of a closed channel again; a job that is over is recognised then. */
  #acknowledge({ message, channel }: Delivery): void {
    if (channel === this.#broker.channel) channel.ack(message);
  }

  #requeue({ message, channel }: Delivery): void {
    if (channel === this.#broker.channel) channel.nack(message, false, true);
  }
}

async function isOverWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  const timeout = new AbortController();
  const late = delay(milliseconds, false, { signal: timeout.signal }).catch(() => false);
  const isOver = await Promise.race([work.then(() => true), late]);
  timeout.abort();
  return isOver;
}
