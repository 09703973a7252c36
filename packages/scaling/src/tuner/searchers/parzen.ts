import { normalCdf, normalQuantile } from '../space/normal-distribution.js';

/** A density on [0, 1] around points of it. */
export interface Parzen {
  sample(unit: () => number): number;
  logDensity(at: number): number;
}

interface Kernel {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Equal Gaussians, cut off at 0 and 1, on each point and, as the prior, on the middle. A Gaussian is as wide as the gap
 * to the further of its neighbours, and no narrower than a share that falls with the number of points.
 */
export function createParzen(points: readonly number[]): Parzen {
  const prior: Kernel = { mean: 0.5, deviation: 1 };
  const narrowest = 1 / Math.min(100, points.length + 2);
  const means = [...points, prior.mean].sort((a, b) => a - b);
  const kernels = points.map((mean): Kernel => {
    const at = means.indexOf(mean);
    const gaps = [means[at - 1], means[at + 1]].map((neighbour) =>
      neighbour === undefined ? 0 : Math.abs(neighbour - mean),
    );
    return { mean, deviation: Math.min(Math.max(...gaps, narrowest), 1) };
  });
  const all = [...kernels, prior].map(({ mean, deviation }) => {
    const low = normalCdf(-mean / deviation);
    const mass = normalCdf((1 - mean) / deviation) - low;
    return { mean, deviation, low, mass };
  });
  return {
    sample(unit) {
      const { mean, deviation, low, mass } = all[Math.min(Math.floor(unit() * all.length), all.length - 1)]!;
      const share = Math.min(Math.max(low + unit() * mass, Number.EPSILON), 1 - Number.EPSILON);
      return Math.min(Math.max(mean + deviation * normalQuantile(share), 0), 1);
    },
    logDensity(at) {
      const sum = all.reduce((total, { mean, deviation, mass }) => {
        const z = (at - mean) / deviation;
        return total + Math.exp((-z * z) / 2) / (deviation * mass);
      }, 0);
      return Math.log(sum / all.length + Number.MIN_VALUE);
    },
  };
}
