import type { FoldingAggregator } from '../aggregator.js';
import { aggregatorType } from './aggregator-type.js';

/** Σ n_k Δ_k / Σ n_k, folded in the order given. With no weight at all the aggregate is zero: the model stays. */
export function createMean(): FoldingAggregator {
  return {
    kind: 'fold',
    linear: true,
    begin(size, engine) {
      const sum = engine.accumulator(size);
      return {
        add: (piece, offset, weight) => sum.add(piece, offset, weight),
        finish: (totalWeight) => sum.take(totalWeight > 0 ? 1 / totalWeight : 0),
      };
    },
  };
}

export const mean = aggregatorType({
  name: 'mean',
  summary: 'The mean of the updates, by their weights.',
  isMean: true,
  create: createMean,
});
