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

/**
 * What a mean that divides by `total` makes of the weights, for a rule that knows no total: its result, times their sum over
 * the total. An arrival that counts for a share moves the model by that share, whatever the rule.
 */
export function scaleToTotal(result: Float32Array, weights: readonly number[], total: number): Float32Array {
  const share = total > 0 ? weights.reduce((sum, weight) => sum + weight, 0) / total : 1;
  if (share !== 1) for (let i = 0; i < result.length; i++) result[i]! *= share;
  return result;
}
