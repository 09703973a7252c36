import type { AggregatorState, CollectingAggregator, UpdateSet } from '../aggregator.js';
import type { Engine } from '../engines/engine.js';

export type CollectingRule = (
  updates: UpdateSet,
  engine: Engine,
  state: AggregatorState,
) => Promise<Float32Array>;

/** A rule that is asked where there is something to aggregate: without updates, or with no weight at all, the model stays. */
export function createCollecting(
  rule: CollectingRule,
  state?: CollectingAggregator['state'],
): CollectingAggregator {
  return {
    kind: 'collect',
    ...(state !== undefined && { state }),
    async aggregate(updates, engine, carried) {
      if (updates.size === 0 || !updates.weights.some((weight) => weight > 0))
        return resultVector(updates).fill(0);
      return rule(updates, engine, carried ?? state?.(updates.size) ?? {});
    },
  };
}

/** Undefined values, for a rule to fill. */
export function resultVector({ out, size }: UpdateSet): Float32Array {
  return out ?? new Float32Array(size);
}
