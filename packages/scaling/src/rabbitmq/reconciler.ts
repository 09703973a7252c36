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
 * Publishes missing messages of jobs: one is missing if a process died between its writes to store and broker, or if the
 * broker was not reachable. A duplicate message does no harm, since a job is claimed once.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Queues that had jobs in the store and no messages at the last check. */
  #suspicious = new Set<string>();
  #isFirst = true;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #forget = () => {};

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#check(), this.#options.everyMs);
    this.#timer.unref();
    this.#forget = this.#options.broker.onUp(() => {
      this.#isFirst = true;
      this.#check();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#forget();
    await this.#work;
  }

  #check(): void {
    this.#work ??= this.#reconcile()
      .catch((error: unknown) => {
        const { message: reason } = failureOf(error);
        this.#options.logger.warn({ reason }, 'could not compare jobs and messages; retrying');
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
      const { messageCount } = await broker.channel.checkQueue(await broker.jobQueue(lane));
      if (messageCount > 0) continue;
      // A consumer may hold the message: two checks show that it is missing. The first check after a connection acts at once.
      if (!this.#isFirst && !this.#suspicious.has(lane)) {
        suspicious.add(lane);
        continue;
      }
      const jobs = await store.claimable(lane);
      if (jobs.length > 0) logger.info({ lane, jobs: jobs.length }, 'republished missing jobs');
      for (const job of jobs) publish(job);
    }
    if (this.#isFirst) await this.#removeEmptyQueues(new Set(open.map(({ lane }) => lane)));
    this.#suspicious = suspicious;
    this.#isFirst = false;
  }

  /** A process may have died between the end of a job and the cancellation of the jobs that wait for it. */
  async #endFollowersOfFailed(): Promise<void> {
    const { store, cancel } = this.#options;
    for (const job of await store.list({ states: ['queued'] })) {
      if (job.after === null) continue;
      const first = await store.get(job.after);
      if (first === undefined || first.state === 'failed' || first.state === 'cancelled')
        await cancel(job.id);
    }
  }

  /** Queues without jobs contain at most messages of jobs that are over. */
  async #removeEmptyQueues(open: ReadonlySet<string>): Promise<void> {
    const { broker, store } = this.#options;
    for (const lane of await store.lanes()) if (!open.has(lane)) await broker.removeJobQueue(lane);
  }
}
