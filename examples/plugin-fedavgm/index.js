import { z } from 'zod';

/**
 * Server momentum: v ← βv + Δ̄; w ← w + ηv, Δ̄ = Σ (n_k / n) Δ_k. With β = 0 and η = 1 it is FedAvg.
 * Hsu, Qi & Brown: Measuring the Effects of Non-Identical Data Distribution (2019).
 * @type {import('@synergos/fed-algorithms').Algorithm<{ server_lr: number, server_momentum: number }>}
 */
const fedAvgM = {
  name: 'MyFedAvgM',
  summary: 'FedAvg with momentum on the server.',
  paper: 'Hsu et al. 2019, Measuring the Effects of Non-Identical Data Distribution',
  arguments: z.object({
    server_lr: z.number().positive().default(1).describe('η: the step of the server'),
    server_momentum: z.number().min(0).lt(1).default(0.9).describe('β: what is kept of the last step'),
  }),
  defaults: { mu: 0 },
  server: {
    state: ['velocity'],
    elementwise: true,
    step({ weights, aggregate, state: { velocity }, args: { server_lr, server_momentum } }) {
      for (let i = 0; i < weights.length; i++) {
        velocity[i] = server_momentum * velocity[i] + aggregate[i];
        weights[i] += server_lr * velocity[i];
      }
    },
  },
};

export default { apiVersion: 1, algorithms: [fedAvgM] };
