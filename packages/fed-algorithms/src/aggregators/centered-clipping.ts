import type { CollectingAggregator } from '../aggregator.js';
import { createCollecting, resultVector } from './collecting.js';
import { squaredNorms } from './squared-distances.js';
import { moveCenter } from './weighted-sum.js';
import { z } from 'zod';
import { count, positive, withDefault } from '../arguments/types.js';
import { aggregatorType } from './aggregator-type.js';

export interface CenteredClippingOptions {
  /** τ: how far one update may pull, before it is divided by n. */
  readonly radius: number;
  /** L: steps; each reads all updates. */
  readonly iterations: number;
}

/**
 * From the last aggregate v (at first 0), `iterations` times: v ← v + (1/n) Σ (Δ_k − v) · min(1, τ / ‖Δ_k − v‖).
 * Weights do not matter.
 * Karimireddy, He & Jaggi: Learning from History for Byzantine Robust Optimization (2021).
 */
export function createCenteredClipping({
  radius,
  iterations,
}: CenteredClippingOptions): CollectingAggregator {
  return createCollecting(
    async (updates, { columns: kernels }, { last }) => {
      const v = resultVector(updates);
      if (last === undefined) v.fill(0);
      else v.set(last);
      let distances = await squaredNorms(updates, v, kernels);
      for (let step = 0; step < iterations; step++) {
        const weights = [...distances].map(
          (squared) => Math.min(1, radius / Math.sqrt(squared)) / updates.count,
        );
        const own = 1 - weights.reduce((sum, weight) => sum + weight, 0);
        distances = await moveCenter(v, own, updates, weights, kernels);
      }
      last?.set(v);
      return v;
    },
    (size) => ({ last: new Float32Array(size) }),
  );
}

export const centeredClipping = aggregatorType({
  name: 'centered-clipping',
  summary: 'Moves the last aggregate towards the updates, each clipped to a radius around it.',
  paper: 'Karimireddy et al. 2021, Learning from History for Byzantine Robust Optimization',
  arguments: z.object({
    clip_radius: withDefault(positive, 10, 'largest distance over which one update pulls the aggregate'),
    clip_iterations: withDefault(count.max(1000), 3, 'number of steps; each reads all updates'),
  }),
  create: ({ clip_radius, clip_iterations }) =>
    createCenteredClipping({ radius: clip_radius, iterations: clip_iterations }),
  hasScale: true,
});
