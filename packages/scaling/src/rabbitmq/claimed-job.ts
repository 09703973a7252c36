import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf, type Logger } from '@synergos/contract';
import type { EmitEvent } from '@synergos/contract/events';
import { crashLimitReached, PROGRESS } from '../crash-limit.js';
import { JobCancelled, QueueClosed, ScalingError } from '../errors.js';
import type { Claim, Job, JobLeases, JobStore } from '../job.js';
import type { JobHandler } from '../queue.js';
import type { Broker } from './broker.js';
import { Lease } from './lease.js';
import { encode, type Result } from './messages.js';

export interface ClaimedJobOptions {
  readonly broker: Broker;
  readonly store: JobStore & JobLeases;
  readonly holder: string;
  readonly leaseMs: number;
  readonly maxCrashes: number;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** Moves the job's message to the dead letters. */
  readonly deadLetter: (reason: string) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => string;
}

type Reason = 'cancelled' | 'closed' | 'lost';

/** RabbitMQ's own limit is 128 MiB. */
const MAX_RESULT_BYTES = 16 * 1024 * 1024;
/** The job is not started again before its delivered result has been waited for this long. */
const RECORDED_WITHIN_MS = 3_600_000;
const RETRY_MS = 500;
/** The events of a round are announced together. */
const ANNOUNCE_WITHIN_MS = 250;

/** Runs one claimed job under its lease and delivers its result, or releases it. Runs once. */
export class ClaimedJob {
  readonly job: Job;
  readonly #fence: number;
  readonly #crashes: number;
  readonly #options: ClaimedJobOptions;
  readonly #controller = new AbortController();
  readonly #lease: Lease;
  #reason: Reason | undefined;
  #isDelivered = false;
  #announcing: NodeJS.Timeout | undefined;

  /** `claimedMs`: `performance.now()` before the claim was sent. */
  constructor(
    { job, fence, lost }: Extract<Claim, { outcome: 'claimed' }>,
    claimedMs: number,
    options: ClaimedJobOptions,
  ) {
    this.job = job;
    this.#fence = fence;
    this.#crashes = lost;
    this.#options = options;
    // A handler may do many things at once, each of which listens.
    setMaxListeners(0, this.#controller.signal);
    const { store: leases, leaseMs, logger } = options;
    const onLost = () =>
      this.#abort('lost', new ScalingError('lease_lost', `another process runs job ${job.id} now`));
    this.#lease = new Lease({ leases, id: job.id, fence, leaseMs, onLost, logger }, claimedMs);
  }

  /** Whether the job's message is done with: its result was delivered, or it was cancelled. */
  get isSettled(): boolean {
    return this.#isDelivered || this.#reason === 'cancelled';
  }

  cancel(): void {
    this.#abort('cancelled', new JobCancelled());
  }

  /** Releases the job, so that another consumer resumes it. */
  interrupt(): void {
    this.#abort('closed', new QueueClosed());
  }

  /** Resolves when the result is delivered or the job is released. Rejects if the broker or the store fails. */
  async run(): Promise<void> {
    const { signal } = this.#controller;
    const { store } = this.#options;
    const { id } = this.job;
    try {
      signal.throwIfAborted();
      const end = this.#crashes >= this.#options.maxCrashes ? await this.#refuse() : await this.#handle();
      signal.throwIfAborted();
      await this.#deliver(end);
      // From here on the result counts, whatever happens to this process.
      this.#isDelivered = true;
      this.#lease.stop();
      // Not awaited: the longer lease matters only if the recorder is away for longer than a lease.
      store.renew(id, this.#fence, RECORDED_WITHIN_MS).catch(() => false);
    } catch (error) {
      this.#lease.stop();
      try {
        if (this.#reason === undefined) throw error;
        this.#options.logger.info({ job: id, kind: this.job.kind, why: this.#reason }, 'job released');
        // A lost lease belongs to another process.
        if (this.#reason !== 'lost') await store.release(id, this.#fence);
      } finally {
        // The caller of `cancel` waits for it. The end of a delivered result is announced by its recorder.
        this.#options.broker.announce({ type: 'changed', job: id });
      }
    } finally {
      clearTimeout(this.#announcing);
    }
  }

  #abort(reason: Reason, error: Error): void {
    if (this.#controller.signal.aborted) return;
    this.#reason = reason;
    this.#controller.abort(error);
  }

  /** The job was lost by too many processes: it may be the cause of their crashes. */
  async #refuse(): Promise<Result['end']> {
    const error = crashLimitReached(this.#crashes);
    await this.#options.deadLetter(error.message);
    return { state: 'failed', error };
  }

  async #handle(): Promise<Result['end']> {
    const { signal } = this.#controller;
    const { holder, handlers, logger } = this.#options;
    const { job } = this;
    const { id, kind } = job;
    const emit = this.#emitter();
    try {
      await emit('started', { attempt: job.attempts, holder });
      logger.info({ job: id, kind, attempt: job.attempts }, 'job started');
      const handler = handlers[kind];
      if (handler === undefined)
        throw new ScalingError('unknown_kind', `this process has no handler for '${kind}' jobs`);
      signal.throwIfAborted();
      const result = (await handler({ job, signal, emit })) ?? null;
      const sizeBytes = Buffer.byteLength(JSON.stringify(result));
      if (sizeBytes > MAX_RESULT_BYTES)
        throw new ScalingError(
          'result_too_large',
          `its result has ${sizeBytes} bytes; the limit is ${MAX_RESULT_BYTES}`,
        );
      return { state: 'completed', result };
    } catch (error) {
      signal.throwIfAborted();
      logger.error({ job: id, kind, err: error }, 'job failed');
      return { state: 'failed', error: failureOf(error) };
    }
  }

  #emitter(): EmitEvent {
    const { store, now } = this.#options;
    const { id } = this.job;
    let hasProgressed = this.#crashes === 0;
    return async (type, data) => {
      this.#requireLease();
      await store.appendEvent(id, type, data, now());
      this.#announceSoon();
      if (type !== PROGRESS || hasProgressed) return;
      hasProgressed = true;
      await store.progressed(id, this.#fence);
    };
  }

  /** Retries until the broker has the result on disk, or the lease is lost. */
  async #deliver(end: Result['end']): Promise<void> {
    const { broker, holder, now } = this.#options;
    const { signal } = this.#controller;
    const content = encode({
      type: 'result',
      job: this.job.id,
      holder,
      fence: this.#fence,
      finishedAt: now(),
      end,
    });
    for (;;) {
      signal.throwIfAborted();
      // This check, the fence and the store's clock keep a late result out.
      this.#requireLease();
      try {
        return await broker.publish(broker.topology.results, content);
      } catch {
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** A process that was stopped for a while may no longer hold the lease. */
  #requireLease(): void {
    if (!this.#lease.isHeld)
      throw new ScalingError('lease_lost', `another process runs job ${this.job.id} now`);
  }

  #announceSoon(): void {
    this.#announcing ??= setTimeout(() => {
      this.#announcing = undefined;
      this.#options.broker.announce({ type: 'changed', job: this.job.id });
    }, ANNOUNCE_WITHIN_MS);
  }
}
