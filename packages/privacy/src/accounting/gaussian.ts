import { requireSetting } from '../errors.js';
import { smallestWithin } from './smallest-within.js';
import { logNormalCdf, logSubtract } from './special-functions.js';

/**
 * Exact δ of the Gaussian mechanism at ε.
 *
 * Balle, Wang: "Improving the Gaussian Mechanism for Differential Privacy" (2018), arXiv:1805.06530, theorem 8.
 */
export function gaussianDelta(noiseMultiplier: number, epsilon: number): number {
  return Math.exp(logDelta(noiseMultiplier, epsilon));
}

/** Smallest noise multiplier of the Gaussian mechanism for ε at δ. */
export function gaussianNoise(epsilon: number, delta: number): number {
  requireSetting(epsilon >= 0, `epsilon must be at least 0, not ${epsilon}`);
  requireSetting(delta > 0 && delta < 1, `delta must lie between 0 and 1, not ${delta}`);
  const target = Math.log(delta);
  return smallestWithin((noise) => logDelta(noise, epsilon) - target, { start: 1, relative: 1e-12 });
}

function logDelta(sigma: number, epsilon: number): number {
  const upper = logNormalCdf(0.5 / sigma - epsilon * sigma);
  const lower = epsilon + logNormalCdf(-0.5 / sigma - epsilon * sigma);
  return lower >= upper ? -Infinity : logSubtract(upper, lower);
}
