import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';

export const adaptiveArguments = z.object({
  server_lr: z.number().positive().default(0.1).describe('η: the step of the server'),
  beta_1: z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of the pseudo-gradients'),
  beta_2: z.number().min(0).lt(1).default(0.99).describe('Decay of the mean of their squares'),
  tau: z.number().positive().default(0.001).describe('Added to the root: how adaptive the step is'),
  bias_correction: z
    .union([z.boolean(), z.literal('flower')])
    .default(false)
    .describe(
      "Corrects m and v for starting from zero: η times √(1 − β₂^t) / (1 − β₁^t); 'flower' takes t + 1 for t, as Flower does",
    ),
});
type AdaptiveArguments = z.infer<typeof adaptiveArguments>;

/** The next second moment v, from the square of a value of Δ̄. */
type SecondMoment = (v: number, square: number, beta_2: number) => number;

/**
 * m ← β₁ m + (1 − β₁) Δ̄; v by the algorithm's own rule; w ← w + η m / (√v + τ). Both start from zero, and are not
 * corrected for it unless asked.
 */
export function createAdaptive(
  about: Pick<Algorithm, 'name' | 'summary' | 'arguments'>,
  nextV: SecondMoment,
): Algorithm<Omit<AdaptiveArguments, 'beta_2'> & { readonly beta_2?: number }> {
  return {
    arguments: adaptiveArguments,
    reads: [],
    ...about,
    paper: 'Reddi et al. 2021, Adaptive Federated Optimization',
    defaults: { mu: 0 },
    server: {
      state: ['m', 'v'],
      elementwise: true,
      step: ({
        weights,
        aggregate,
        state,
        round,
        args: { server_lr, beta_1, beta_2 = 0, tau, bias_correction },
      }) => {
        const t = bias_correction === 'flower' ? round + 1 : round;
        const correction = bias_correction ? Math.sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) : 1;
        const eta = server_lr * correction;
        const m = state.m!;
        const v = state.v!;
        for (let i = 0; i < weights.length; i++) {
          const delta = aggregate[i]!;
          const mean = beta_1 * m[i]! + (1 - beta_1) * delta;
          const square = nextV(v[i]!, delta * delta, beta_2);
          m[i] = mean;
          v[i] = square;
          weights[i]! += (eta * mean) / (Math.sqrt(square) + tau);
        }
      },
    },
  };
}
