import { type Logger, silentLogger } from '@synergos/contract';
import type { JobLeases } from '../job.js';

export interface LeaseOptions {
  readonly leases: JobLeases;
  readonly id: string;
  readonly fence: number;
  readonly leaseMs: number;
  /** Called when the lease is lost or about to lapse: the holder has to stop its work. */
  readonly onLost: () => void;
  readonly logger?: Logger;
}

/** Share of its duration after which a lease that was not renewed counts as lost: no other holder can have it yet. */
const SAFE_SHARE = 0.8;

/** Renews a lease until it is stopped. Its time is measured by this machine's monotonic clock, from before each request. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #controller = new AbortController();
  #renewal: NodeJS.Timeout | undefined;
  #lapse: NodeJS.Timeout | undefined;
  #untilMs: number;

  /** `claimedMs`: `performance.now()` before the claim was sent. */
  constructor(options: LeaseOptions, claimedMs: number) {
    this.#options = options;
    this.#untilMs = claimedMs + SAFE_SHARE * options.leaseMs;
    this.#watch();
    this.#renewSoon();
  }

  /** Also correct in a process that was suspended, since the clock continued. */
  get isHeld(): boolean {
    return !this.#controller.signal.aborted && performance.now() < this.#untilMs;
  }

  /** Aborted when the lease is lost or stopped. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the renewals. */
  stop(): void {
    clearTimeout(this.#renewal);
    clearTimeout(this.#lapse);
    this.#controller.abort();
  }

  #renewSoon(): void {
    this.#renewal = setTimeout(() => {
      this.#renew().catch((error: unknown) => {
        this.#options.logger?.warn({ job: this.#options.id, err: error }, 'could not renew a lease');
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
    this.#untilMs = sentMs + SAFE_SHARE * leaseMs;
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
    (this.#options.logger ?? silentLogger).warn({ job: this.#options.id }, 'lost the lease of a job');
    this.#options.onLost();
  }
}
