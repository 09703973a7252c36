import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';

const dittoArguments = z.object({
  ditto_lambda: z
    .number()
    .nonnegative()
    .default(0.1)
    .describe('λ: how near personal models stay to the global one'),
});

/**
 * A personal model v_k in addition to the global one, min F_k(v_k) + (λ/2) ‖v_k − w‖²: after each local training for FedAvg,
 * v_k is trained on, its gradient corrected by λ (v_k − w). It never leaves the participant, which evaluates and predicts with it.
 * Li, Hu, Beirami & Smith: Ditto: Fair and Robust Federated Learning Through Personalization (2021).
 */
export const ditto: Algorithm<z.infer<typeof dittoArguments>> = {
  name: 'Ditto',
  summary: 'A personal model at each participant, held near the global one.',
  reads: [],
  paper: 'Li et al. 2021, Ditto: Fair and Robust Federated Learning Through Personalization',
  arguments: dittoArguments,
  defaults: { mu: 0 },
  client: {
    state: ['v_k'],
    personal: 'v_k',
    finish: async ({ fit, global, isFirst, state: { v_k }, args: { ditto_lambda } }) => {
      const personal = await fit(isFirst ? global : v_k!, (gradient, weights) => {
        for (let i = 0; i < gradient.length; i++) gradient[i]! += ditto_lambda * (weights[i]! - global[i]!);
      });
      v_k!.set(personal.weights);
    },
  },
};
