import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';

const scaffoldArguments = z.object({
  server_lr: z.number().positive().default(1).describe('η: the step of the server'),
});

/**
 * Control variates c (server) and c_k (participant) correct the drift of local training: gradient g − c_k + c;
 * then c_k⁺ = c_k − c + (w − w_k) / Kℓ (option II; Kℓ is what K steps go along a lasting gradient, momentum included); w ← w + η mean(Δ_k), c ← c + (|S| / N) · mean(c_k⁺ − c_k).
 * Karimireddy, Kale, Mohri, Reddi, Stich & Suresh: SCAFFOLD: Stochastic Controlled Averaging (2020).
 */
export const scaffold: Algorithm<z.infer<typeof scaffoldArguments>> = {
  name: 'SCAFFOLD',
  summary: 'Control variates of server and participants correct the drift of local training.',
  reads: [],
  paper: 'Karimireddy et al. 2020, SCAFFOLD: Stochastic Controlled Averaging for Federated Learning',
  arguments: scaffoldArguments,
  defaults: { mu: 0 },
  server: {
    state: ['c'],
    sends: ['c'],
    elementwise: true,
    weight: () => 1,
    step: ({ weights, aggregate, received, state: { c }, reports, participants, args: { server_lr } }) => {
      const share = reports.length / participants;
      for (let i = 0; i < weights.length; i++) {
        weights[i]! += server_lr * aggregate[i]!;
        c![i]! += share * received.delta_c![i]!;
      }
    },
  },
  client: {
    state: ['c_k'],
    sends: ['delta_c'],
    correctGradient: ({ gradient, state: { c_k }, received: { c } }) => {
      for (let i = 0; i < gradient.length; i++) gradient[i]! += c![i]! - c_k![i]!;
    },
    finish: ({ change, trained, state: { c_k }, received: { c } }) => {
      const delta_c = change.map((value, i) => -value / trained.lrSum - c![i]!);
      for (let i = 0; i < delta_c.length; i++) c_k![i]! += delta_c[i]!;
      return { vectors: { delta_c } };
    },
  },
};
