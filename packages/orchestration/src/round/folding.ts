import {
  scaleToTotal,
  type Aggregator,
  type AggregatorState,
  type Engine,
  type Fold,
  type UpdateSet,
} from '@synergos/fed-algorithms';
import { eachBlock } from './blocks.js';
import type { StagedUpdate } from './place.js';

interface Contribution {
  readonly update: StagedUpdate;
  readonly weight: number;
}

/**
 * Aggregates a round's updates. They arrive in any order and are folded in the cohort's order: float sums depend on
 * order. One that comes early waits in its staging area; one that will not come is skipped.
 */
export class Folding {
  readonly #aggregator: Aggregator;
  readonly #engine: Engine;
  readonly #size: number;
  readonly #cohort: readonly string[];
  readonly #outcome = new Map<string, Contribution | null>();
  readonly #fold: Fold | undefined;
  readonly #state: AggregatorState | undefined;
  #next = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly aggregator: Aggregator;
    readonly engine: Engine;
    /** Number of float32 values in an update. */
    readonly size: number;
    readonly cohort: readonly string[];
    /** What the aggregator carries from round to round; default: as at first. */
    readonly state?: AggregatorState | undefined;
  }) {
    this.#aggregator = options.aggregator;
    this.#engine = options.engine;
    this.#size = options.size;
    this.#cohort = options.cohort;
    this.#state = options.state;
    if (this.#aggregator.kind === 'fold') this.#fold = this.#aggregator.begin(this.#size, this.#engine);
  }

  /** The participant's update is complete; `weight` is its number of samples. */
  add(participant: string, update: StagedUpdate, weight: number): void {
    this.#settle(participant, { update, weight });
  }

  /** The participant's update will not come. */
  skip(participant: string): void {
    this.#settle(participant, null);
  }

  /** Nothing was added. */
  get isEmpty(): boolean {
    return ![...this.#outcome.values()].some((outcome) => outcome !== null);
  }

  /** The aggregate of what was added; all others count as skipped. `total`: what weights are shares of; default: their sum. */
  async finish(total?: number): Promise<Float32Array> {
    for (const participant of this.#cohort) if (!this.#outcome.has(participant)) this.skip(participant);
    await this.#work;
    const parts = this.#cohort.flatMap((participant) => this.#outcome.get(participant) ?? []);
    if (this.#fold !== undefined)
      return this.#fold.finish(total ?? parts.reduce((sum, { weight }) => sum + weight, 0));
    if (this.#aggregator.kind !== 'collect') throw new Error('an aggregator folds or collects');
    const out = this.#engine.vector?.(this.#size);
    let result: Float32Array | undefined;
    try {
      const updates = { ...updateSet(parts, this.#size), out };
      result = await this.#aggregator.aggregate(updates, this.#engine, this.#state);
      return total === undefined ? result : scaleToTotal(result, updates.weights, total);
    } finally {
      // A rule may give a vector of its own.
      if (out !== undefined && result !== out) this.#engine.recycle?.(out);
    }
  }

  #settle(participant: string, outcome: Contribution | null): void {
    if (this.#outcome.has(participant)) return;
    this.#outcome.set(participant, outcome);
    for (; this.#next < this.#cohort.length; this.#next++) {
      const settled = this.#outcome.get(this.#cohort[this.#next] ?? '');
      if (settled === undefined) break;
      if (settled !== null && this.#fold !== undefined) this.#enqueue(this.#fold, settled);
    }
  }

  #enqueue(fold: Fold, { update, weight }: Contribution): void {
    this.#work = this.#work.then(() => eachBlock(update, (block, start) => fold.add(block, start, weight)));
    // The error is seen by `finish`, which awaits the same promise.
    this.#work.catch(() => undefined);
  }
}

function updateSet(parts: readonly Contribution[], size: number): UpdateSet {
  return {
    count: parts.length,
    size,
    weights: parts.map(({ weight }) => weight),
    read: async (index, start, target) => {
      const part = parts[index];
      if (part === undefined) throw new RangeError(`there is no update ${index} among ${parts.length}`);
      await part.update.read(start, target);
    },
  };
}
