import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';

const fedAvgMArguments = z.object({
  server_lr: z.number().positive().default(1).describe('η: the step of the server'),
  server_momentum: z.number().min(0).lt(1).default(0.9).describe('β: what is kept of the last step'),
});

/**
 * Server momentum: v ← βv + Δ̄; w ← w + ηv, Δ̄ = Σ (n_k / n) Δ_k. With β = 0 and η = 1 it is FedAvg.
 * Hsu, Qi & Brown: Measuring the Effects of Non-Identical Data Distribution (2019).
 */
export const fedAvgM: Algorithm<z.infer<typeof fedAvgMArguments>> = {
  name: 'FedAvgM',
  summary: 'FedAvg with momentum on the server.',
  reads: [],
  paper:
    'Hsu et al. 2019, Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification',
  arguments: fedAvgMArguments,
  defaults: { mu: 0 },
  server: {
    state: ['v'],
    elementwise: true,
    step: ({ weights, aggregate, state: { v }, args: { server_lr, server_momentum } }) => {
      for (let i = 0; i < weights.length; i++) {
        v![i] = server_momentum * v![i]! + aggregate[i]!;
        weights[i]! += server_lr * v![i]!;
      }
    },
  },
};
