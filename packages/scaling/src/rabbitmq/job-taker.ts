import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import type { ConfirmChannel, GetMessage } from 'amqplib';
import { createChanges } from '../changes.js';
import { ScalingError } from '../errors.js';
import { givenUp, MOST_LOST, PROGRESS } from '../given-up.js';
import type { Claim, Job, JobLeases, JobStore } from '../job.js';
import { byPriority } from '../lane.js';
import type { AroundJob, JobHandler } from '../queue.js';
import type { Broker } from './broker.js';
import { Lease } from './lease.js';
import { decode, encode, ticketSchema, type Result } from './messages.js';

export interface JobTakerOptions {
  readonly broker: Broker;
  /** The jobs that the tickets on the broker stand for. */
  readonly store: JobStore & JobLeases;
  /** Name of who takes the jobs. */
  readonly holder: string;
  /** Whether a job can be done here, now. It stays where it is if not. Default: any. */
  readonly canTake?: (job: Pick<Job, 'kind' | 'payload'>) => boolean | Promise<boolean>;
  /** How long a job is held without renewal: so long it stands still when its holder dies. Default 15 s. */
  readonly leaseMs?: number;
  /** How many may claim a job and die, without progress between, before it is given up. Default 5. */
  readonly mostLost?: number;
  /** Longest time between two looks for work. Default 1 s. */
  readonly pollMs?: number;
  /** How long `close` waits for a handler that does not heed its signal. Default 10 s. */
  readonly graceMs?: number;
  readonly around?: AroundJob;
  readonly logger?: Logger;
  readonly now?: () => Date;
}

/** A ticket for a job that is held elsewhere: kept until it is known what became of that. */
interface Aside {
  readonly delivery: Delivery;
  readonly untilMs: number;
}

interface Delivery {
  readonly message: GetMessage;
  readonly channel: ConfirmChannel;
}

interface Running {
  readonly job: Job;
  readonly controller: AbortController;
}

const CANCELLED = Symbol('cancelled');
const CLOSED = Symbol('closed');
const LOST = Symbol('lost');
const WORK = 'work';
/** RabbitMQ's own limit is 128 MiB; no result comes near. */
const MOST_RESULT_BYTES = 16 * 1024 * 1024;
/** A result that is on its way is waited for so long before the job may be begun anew. */
const ARCHIVED_WITHIN_MS = 3_600_000;
const RETRY_MS = 500;
/** So the events of a round are told of about once. */
const ANNOUNCE_WITHIN_MS = 250;

/** Takes jobs from the lanes on a broker, one at a time, and does them. Any number may work on the same lanes. */
export class JobTaker {
  readonly #broker: Broker;
  readonly #store: JobStore & JobLeases;
  readonly #holder: string;
  readonly #canTake: NonNullable<JobTakerOptions['canTake']>;
  readonly #leaseMs: number;
  readonly #mostLost: number;
  readonly #pollMs: number;
  readonly #graceMs: number;
  readonly #around: AroundJob;
  readonly #logger: Logger;
  readonly #now: () => string;
  readonly #bell = createChanges();
  readonly #draining = new AbortController();
  readonly #aside = new Map<string, Aside>();
  #handlers: Readonly<Record<string, JobHandler>> = {};
  #running: Running | undefined;
  #work: Promise<void> | undefined;
  #announcing: NodeJS.Timeout | undefined;
  #forgetNews: (() => void)[] = [];

  constructor(options: JobTakerOptions) {
    this.#broker = options.broker;
    this.#store = options.store;
    this.#holder = options.holder;
    this.#canTake = options.canTake ?? (() => true);
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#mostLost = options.mostLost ?? MOST_LOST;
    this.#pollMs = options.pollMs ?? 1000;
    this.#graceMs = options.graceMs ?? 10_000;
    this.#around = options.around ?? ((_job, work) => work());
    this.#logger = options.logger ?? silentLogger;
    const { now = () => new Date() } = options;
    this.#now = () => now().toISOString();
  }

  /** The job under way. */
  get running(): Job | undefined {
    return this.#running?.job;
  }

  start(handlers: Readonly<Record<string, JobHandler>>): void {
    this.#handlers = handlers;
    this.#forgetNews = [
      this.#broker.onNews('submitted', () => this.wake()),
      this.#broker.onNews('cancelled', ({ job }) => {
        if (job === this.#running?.job.id) this.#running.controller.abort(CANCELLED);
      }),
    ];
    this.#work = this.#takeAll();
  }

  /** Something may have become possible that was not before. */
  wake(): void {
    this.#bell.tell(WORK);
  }

  /** Takes no more; a job under way may go on for `drainMs`, and is then given back to go on elsewhere. */
  async close({ drainMs = 0 }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#draining.abort();
    for (const forget of this.#forgetNews.splice(0)) forget();
    this.wake();
    if (this.#work === undefined) return;
    const work = this.#work.then(() => true);
    const within = async (milliseconds: number) => {
      const timeout = new AbortController();
      const late = delay(milliseconds, false, { signal: timeout.signal }).catch(() => false);
      const isOver = await Promise.race([work, late]);
      timeout.abort();
      return isOver;
    };
    if (await within(drainMs)) return;
    this.#running?.controller.abort(CLOSED);
    if ((await within(this.#graceMs)) || this.running === undefined) return;
    const { id } = this.running;
    this.#around(this.running, () =>
      this.#logger.warn({ job: id }, 'closing although a job does not heed that it is to stop'),
    );
  }

  async #takeAll(): Promise<void> {
    const { signal } = this.#draining;
    while (!signal.aborted) {
      // Begun before the look, so that no wake falls between.
      const bell = this.#bell.next(WORK, signal);
      try {
        if (await this.#takeNext()) continue;
        const pause = new AbortController();
        const late = delay(this.#pollMs, undefined, { signal: pause.signal }).catch(() => undefined);
        await Promise.race([bell.happened, late]);
        pause.abort();
      } catch (error) {
        const { code, message } = failureOf(error);
        this.#logger.warn({ code, reason: message }, 'no work could be taken; trying again');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      } finally {
        bell.forget();
      }
    }
    for (const { delivery } of this.#aside.values()) this.#giveBack(delivery);
  }

  /** False if there is nothing to do. */
  async #takeNext(): Promise<boolean> {
    if (this.#broker.channel === undefined) return false;
    if (await this.#lookAside()) return true;
    for (const { lane, next } of byPriority(await this.#store.openLanes())) {
      if (next === null || !(await this.#canTake(next))) continue;
      for (;;) {
        const { channel } = this.#broker;
        if (channel === undefined || this.#draining.signal.aborted) return false;
        const message = await channel.get(await this.#broker.laneQueue(lane));
        if (message === false) break;
        if (await this.#offer({ message, channel })) return true;
      }
    }
    return false;
  }

  async #lookAside(): Promise<boolean> {
    for (const [id, { delivery, untilMs }] of this.#aside) {
      if (delivery.channel !== this.#broker.channel) this.#aside.delete(id);
      else if (untilMs <= performance.now()) {
        this.#aside.delete(id);
        const job = await this.#store.get(id);
        if (job !== undefined && !(await this.#canTake(job))) this.#giveBack(delivery);
        else if (await this.#offer(delivery)) return true;
      }
    }
    return false;
  }

  /** Does the job that a ticket stands for, if it can be had. */
  async #offer(delivery: Delivery): Promise<boolean> {
    const { content, fields } = delivery.message;
    const ticket = decode(ticketSchema, content);
    if (!ticket.ok) {
      await this.#broker.bury(content, fields.routingKey, ticket.reason);
      this.#acknowledge(delivery);
      return false;
    }
    const id = ticket.message.job;
    const claimedMs = performance.now();
    const claim = await this.#store.claim(id, { holder: this.#holder, leaseMs: this.#leaseMs });
    switch (claim.outcome) {
      case 'claimed':
        await this.#around(claim.job, () => this.#do(claim, delivery, claimedMs));
        return true;
      case 'held': {
        const other = this.#aside.get(id);
        if (other !== undefined) this.#acknowledge(delivery);
        else this.#aside.set(id, { delivery, untilMs: performance.now() + Math.min(claim.forMs + 20, 2000) });
        return false;
      }
      case 'over':
      case 'unknown':
        this.#logger.debug({ job: id, why: claim.outcome }, 'a ticket for nothing');
        this.#acknowledge(delivery);
        return false;
    }
  }

  async #do(
    claim: Extract<Claim, { outcome: 'claimed' }>,
    delivery: Delivery,
    claimedMs: number,
  ): Promise<void> {
    const { job, fence, lost } = claim;
    const { id, kind } = job;
    const controller = new AbortController();
    const { signal } = controller;
    // A handler may do many things at once, each of which listens.
    setMaxListeners(0, signal);
    const lease = new Lease(
      {
        leases: this.#store,
        id,
        fence,
        leaseMs: this.#leaseMs,
        onLost: () => controller.abort(LOST),
        logger: this.#logger,
      },
      claimedMs,
    );
    this.#running = { job, controller };
    try {
      let end: Result['end'];
      if (lost >= this.#mostLost) {
        const error = givenUp(`${lost} that took it died at it, or were cut off, and it came no further`);
        await this.#broker.bury(delivery.message.content, delivery.message.fields.routingKey, error.message);
        end = { state: 'failed', error };
      } else end = await this.#handle(claim, lease, signal);
      signal.throwIfAborted();
      await this.#sendHome(
        { job: id, holder: this.#holder, fence, finishedAt: this.#now(), end },
        lease,
        signal,
      );
      // From here on the result counts, whatever becomes of this process.
      lease.stop();
      // Nobody waits for that: it only matters where the archive is away for longer than a lease.
      this.#store.renew(id, fence, ARCHIVED_WITHIN_MS).catch(() => false);
      this.#acknowledge(delivery);
    } catch (error) {
      lease.stop();
      const { reason } = signal as { readonly reason: unknown };
      if (signal.aborted)
        this.#logger.info({ job: id, kind, why: (reason as symbol).description }, 'a job was let go');
      try {
        // What was lost is another's.
        if (signal.aborted && reason !== LOST) await this.#store.release(id, fence);
      } finally {
        // Who cancelled it waits for that. An end that went home is told of there.
        this.#broker.announce({ type: 'changed', job: id });
        if (reason === CANCELLED) this.#acknowledge(delivery);
        else this.#giveBack(delivery);
      }
      if (!signal.aborted) throw error;
    } finally {
      clearTimeout(this.#announcing);
      this.#announcing = undefined;
      this.#running = undefined;
    }
  }

  /** Soon, once for all that changes until then. */
  #announceSoon(job: string): void {
    this.#announcing ??= setTimeout(() => {
      this.#announcing = undefined;
      this.#broker.announce({ type: 'changed', job });
    }, ANNOUNCE_WITHIN_MS);
  }

  async #handle(
    { job, fence, lost }: Extract<Claim, { outcome: 'claimed' }>,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<Result['end']> {
    const { id, kind } = job;
    let isForgiven = lost === 0;
    const emit = async (type: string, data: Readonly<Record<string, unknown>>) => {
      // A late event of a process that was stopped for a while would lie about who does the job.
      if (!lease.isHeld) throw new ScalingError('lease_lost', `job ${id} is done elsewhere by now`);
      await this.#store.appendEvent(id, type, data, this.#now());
      this.#announceSoon(id);
      if (type !== PROGRESS || isForgiven) return;
      isForgiven = true;
      await this.#store.progressed(id, fence);
    };
    try {
      await emit('started', { attempt: job.attempts, holder: this.#holder });
      this.#logger.info({ job: id, kind, attempt: job.attempts }, 'job started');
      const handler = this.#handlers[kind];
      if (handler === undefined)
        throw new ScalingError('unknown_kind', `no handler does '${kind}' jobs here`);
      signal.throwIfAborted();
      const result = (await handler({ job, signal, emit })) ?? null;
      const sizeBytes = Buffer.byteLength(JSON.stringify(result));
      if (sizeBytes > MOST_RESULT_BYTES)
        throw new ScalingError(
          'result_too_large',
          `its result is ${sizeBytes} bytes; up to ${MOST_RESULT_BYTES} can be sent home`,
        );
      return { state: 'completed', result };
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.error({ job: id, kind, err: error }, 'job failed');
      return { state: 'failed', error: failureOf(error) };
    }
  }

  /** Until the broker has it on disk, or the lease is lost; a broker that is away is waited for. */
  async #sendHome(
    result: Omit<Result, 'version' | 'type'>,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<void> {
    const content = encode({ type: 'result', ...result });
    for (;;) {
      signal.throwIfAborted();
      // This look, the fence and the store's clock are what keeps a late result out.
      if (!lease.isHeld) throw new ScalingError('lease_lost', `job ${result.job} is done elsewhere by now`);
      try {
        return await this.#broker.publish(this.#broker.topology.results, content);
      } catch {
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** A ticket of a channel that is gone is on its way to somebody already, who finds out that the job is over. */
  #acknowledge({ message, channel }: Delivery): void {
    if (channel === this.#broker.channel) channel.ack(message);
  }

  #giveBack({ message, channel }: Delivery): void {
    if (channel === this.#broker.channel) channel.nack(message, false, true);
  }
}
