import { failureOf, type Logger } from '@synergos/contract';
import type { Job, JobLeases, JobStore } from '../job.js';
import type { Broker } from './broker.js';

export interface ReconcilerOptions {
  readonly broker: Broker;
  readonly store: JobStore & JobLeases;
  readonly publish: (job: Job) => void;
  readonly cancel: (id: string) => Promise<unknown>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/**
 * Sees to it that every job has a ticket: one may be missing where a process died between store and broker, or the
 * broker was away. A ticket too many does no harm: a job is claimed once.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Lanes found with jobs and without tickets, the last time. */
  #suspicious = new Set<string>();
  #isFirst = true;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #forget = () => {};

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), this.#options.everyMs);
    this.#timer.unref();
    this.#forget = this.#options.broker.onUp(() => {
      this.#isFirst = true;
      this.#look();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#forget();
    await this.#work;
  }

  #look(): void {
    this.#work ??= this.#reconcile()
      .catch((error: unknown) => {
        const { message: reason } = failureOf(error);
        this.#options.logger.warn({ reason }, 'jobs and tickets could not be compared; trying again');
      })
      .finally(() => {
        this.#work = undefined;
      });
  }

  async #reconcile(): Promise<void> {
    const { broker, store, publish, logger } = this.#options;
    if (broker.channel === undefined) return;
    await this.#endFollowersOfFailed();
    const suspicious = new Set<string>();
    const open = await store.openLanes();
    for (const { lane, next } of open) {
      if (next === null || broker.channel === undefined) continue;
      const { messageCount } = await broker.channel.checkQueue(await broker.laneQueue(lane));
      if (messageCount > 0) continue;
      // Someone may just hold it in hand; two looks tell. After a connection was made it is not waited for.
      if (!this.#isFirst && !this.#suspicious.has(lane)) {
        suspicious.add(lane);
        continue;
      }
      const jobs = await store.claimable(lane);
      if (jobs.length > 0)
        logger.info({ lane, jobs: jobs.length }, 'jobs without tickets are published again');
      for (const job of jobs) publish(job);
    }
    if (this.#isFirst) await this.#removeEmptyLanes(new Set(open.map(({ lane }) => lane)));
    this.#suspicious = suspicious;
    this.#isFirst = false;
  }

  /** A process may have died between a job's end and that of the jobs that come after it. */
  async #endFollowersOfFailed(): Promise<void> {
    const { store, cancel } = this.#options;
    for (const job of await store.list({ states: ['queued'] })) {
      if (job.after === null) continue;
      const first = await store.get(job.after);
      if (first === undefined || first.state === 'failed' || first.state === 'cancelled')
        await cancel(job.id);
    }
  }

  /** Queues without jobs hold tickets for nothing, at most. */
  async #removeEmptyLanes(open: ReadonlySet<string>): Promise<void> {
    const { broker, store } = this.#options;
    for (const lane of await store.lanes()) if (!open.has(lane)) await broker.removeLane(lane);
  }
}
