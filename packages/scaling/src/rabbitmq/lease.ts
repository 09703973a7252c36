import { type Logger, silentLogger } from '@synergos/contract';
import type { JobLeases } from '../job.js';

export interface LeaseOptions {
  readonly leases: JobLeases;
  readonly id: string;
  readonly fence: number;
  readonly leaseMs: number;
  /** The lease lapses soon, or is lost already: what it allowed has to stop now. */
  readonly onLost: () => void;
  readonly logger?: Logger;
}

/** A lease given up in good time is surely not another's yet. */
const GIVEN_UP_AT = 0.8;

/** Renews a lease until it is stopped. Counted by this machine's steady clock, from before each renewal was sent. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #controller = new AbortController();
  #renewal: NodeJS.Timeout | undefined;
  #lapse: NodeJS.Timeout | undefined;
  #untilMs: number;

  /** `claimedMs`: `performance.now()` before the claim was sent. */
  constructor(options: LeaseOptions, claimedMs: number) {
    this.#options = options;
    this.#untilMs = claimedMs + GIVEN_UP_AT * options.leaseMs;
    this.#watch();
    this.#renewSoon();
  }

  /** Also true to a process that was stopped and woke up late: the clock went on. */
  get isHeld(): boolean {
    return !this.#controller.signal.aborted && performance.now() < this.#untilMs;
  }

  /** Aborted when the lease is lost, or stopped. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** No more renewals. */
  stop(): void {
    clearTimeout(this.#renewal);
    clearTimeout(this.#lapse);
    this.#controller.abort();
  }

  #renewSoon(): void {
    this.#renewal = setTimeout(() => {
      this.#renew().catch((error: unknown) => {
        this.#options.logger?.warn({ job: this.#options.id, err: error }, 'a lease could not be renewed');
        if (!this.#controller.signal.aborted) this.#renewSoon();
      });
    }, this.#options.leaseMs / 4);
  }

  async #renew(): Promise<void> {
    const { leases, id, fence, leaseMs } = this.#options;
    const sentMs = performance.now();
    const isRenewed = await leases.renew(id, fence, leaseMs);
    if (this.#controller.signal.aborted) return;
    if (!isRenewed) return this.#lose();
    this.#untilMs = sentMs + GIVEN_UP_AT * leaseMs;
    this.#watch();
    this.#renewSoon();
  }

  #watch(): void {
    clearTimeout(this.#lapse);
    this.#lapse = setTimeout(() => this.#lose(), Math.max(0, this.#untilMs - performance.now()));
  }

  #lose(): void {
    if (this.#controller.signal.aborted) return;
    this.stop();
    (this.#options.logger ?? silentLogger).warn({ job: this.#options.id }, 'the lease of a job was lost');
    this.#options.onLost();
  }
}
