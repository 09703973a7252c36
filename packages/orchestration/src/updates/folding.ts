import {
  collectUpdates,
  foldUpdates,
  totalsOf,
  type Aggregator,
  type AggregatorState,
  type Engine,
  type Partition,
  type Share,
  type Totals,
  type UpdateFold,
} from '@synergos/fed-algorithms';
import { eachBlock } from './blocks.js';
import type { StagedUpdate } from './staged-update.js';

interface Contribution {
  readonly update: StagedUpdate;
  readonly share: Share;
}

export interface FoldingOptions {
  readonly aggregator: Aggregator;
  readonly engine: Engine;
  /** Number of float32 values in an update. */
  readonly size: number;
  /** Which values are trained; default: all. */
  readonly partition?: Partition | undefined;
  readonly cohort: readonly string[];
  /** State that the aggregator carries between rounds. @defaultValue its initial state */
  readonly state?: AggregatorState | undefined;
}

/**
 * Aggregates a round's updates. They arrive in any order and are folded in the cohort's order: float sums depend on
 * order. An early update waits in its slot; a missing one is skipped.
 */
export class Folding {
  readonly #options: FoldingOptions;
  readonly #outcome = new Map<string, Contribution | null>();
  readonly #fold: UpdateFold | undefined;
  #next = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: FoldingOptions) {
    this.#options = options;
    if (options.aggregator.kind === 'fold') this.#fold = foldUpdates(options.aggregator, this.#shape);
  }

  /** Adds a complete update. */
  add(participant: string, update: StagedUpdate, share: Share): void {
    this.#settle(participant, { update, share });
  }

  /** Skips a participant without an update. */
  skip(participant: string): void {
    this.#settle(participant, null);
  }

  /** Whether no update was added. */
  get isEmpty(): boolean {
    return ![...this.#outcome.values()].some((outcome) => outcome !== null);
  }

  /** Aggregates the added updates and skips all others. `totals`: denominators of the weights. @defaultValue their sums */
  async finish(totals?: Totals): Promise<Float32Array> {
    const { cohort, aggregator, engine, size, state } = this.#options;
    for (const participant of cohort) if (!this.#outcome.has(participant)) this.skip(participant);
    await this.#work;
    const parts = cohort.flatMap((participant) => this.#outcome.get(participant) ?? []);
    const shares = parts.map(({ share }) => share);
    if (this.#fold !== undefined) return this.#fold.finish(totals ?? totalsOf(shares));
    if (aggregator.kind !== 'collect') throw new Error('an aggregator folds or collects');
    const out = engine.vector?.(size);
    let result: Float32Array | undefined;
    try {
      const read = (index: number, start: number, target: Float32Array) =>
        parts[index]!.update.read(start, target);
      result = await collectUpdates(aggregator, { shares, read }, this.#shape, { state, totals, out });
      return result;
    } finally {
      // A rule may return a vector of its own.
      if (out !== undefined && result !== out) engine.recycle?.(out);
      for (const { update } of parts) await update.close?.();
    }
  }

  get #shape() {
    const { size, partition, engine } = this.#options;
    return { size, partition, engine };
  }

  #settle(participant: string, outcome: Contribution | null): void {
    if (this.#outcome.has(participant)) return;
    this.#outcome.set(participant, outcome);
    const { cohort } = this.#options;
    for (; this.#next < cohort.length; this.#next++) {
      const settled = this.#outcome.get(cohort[this.#next] ?? '');
      if (settled === undefined) break;
      if (settled !== null && this.#fold !== undefined) this.#enqueue(this.#fold, settled);
    }
  }

  #enqueue(fold: UpdateFold, { update, share }: Contribution): void {
    this.#work = this.#work.then(() => eachBlock(update, (block, start) => fold.add(block, start, share)));
    // `finish` awaits the same promise, and throws the error.
    this.#work.catch(() => undefined);
  }
}
