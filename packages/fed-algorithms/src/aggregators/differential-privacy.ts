import type { AggregatorState } from '../aggregator.js';
import { addNoise, type Gaussian } from './gaussian.js';
import { firstTree, nextTreeNoise } from './tree-noise.js';

/** `gaussian`: of its own in each round; the others: small in what rounds add up to. */
export const noiseMechanisms = ['gaussian', 'tree', 'efficient-tree'] as const;

export interface Privacy {
  /** z: the noise relative to what one participant may add. */
  readonly multiplier: number;
  readonly mechanism: (typeof noiseMechanisms)[number];
  /** σ_b of an adaptive bound; null: n / 20. */
  readonly countStddev: number | null;
  readonly gaussian: Gaussian;
}

/** Of the noise in the mean of n updates whose norm is at most C: z C / n. */
export function noiseStddev(multiplier: number, clip: number, count: number): number {
  return (multiplier * clip) / count;
}

export function firstNoise({ mechanism }: Privacy, size: number): AggregatorState {
  return mechanism === 'gaussian' ? {} : firstTree(size);
}

/**
 * Adds the noise that hides whether a participant took part to a uniform mean of clipped updates, in place.
 * McMahan, Ramage, Talwar & Zhang: Learning Differentially Private Recurrent Language Models (2018).
 */
export function makePrivate(
  mean: Float32Array,
  stddev: number,
  { mechanism, gaussian }: Privacy,
  state: AggregatorState,
): Promise<void> {
  if (mechanism === 'gaussian') return addNoise(mean, stddev, gaussian);
  const efficient = mechanism === 'efficient-tree';
  return addNoise(mean, stddev, nextTreeNoise(state, mean.length, { gaussian, efficient }));
}
