import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';

const fedDynArguments = z.object({
  dyn_alpha: z
    .number()
    .positive()
    .default(0.1)
    .describe('α: how strongly local losses are aligned with the global one'),
});

/**
 * Dynamic regularisation: the local loss − ⟨g_k, w_k⟩ + (α/2) ‖w_k − w‖² has its minimum where the global loss has;
 * then g_k ← g_k − α (w_k − w). Server: h ← h − (α / N) Σ_S (w_k − w); w ← mean_S(w_k) − h / α.
 * Acar, Zhao, Matas Navarro, Mattina, Whatmough & Saligrama: Federated Learning Based on Dynamic Regularization (2021).
 */
export const fedDyn: Algorithm<z.infer<typeof fedDynArguments>> = {
  name: 'FedDyn',
  summary: 'Dynamic regularisation that aligns the local losses with the global one.',
  reads: [],
  paper: 'Acar et al. 2021, Federated Learning Based on Dynamic Regularization',
  arguments: fedDynArguments,
  defaults: { mu: 0 },
  server: {
    state: ['h'],
    elementwise: true,
    weight: () => 1,
    step: ({ weights, aggregate, state: { h }, reports, participants, args: { dyn_alpha } }) => {
      const share = reports.length / participants;
      for (let i = 0; i < weights.length; i++) {
        h![i]! -= dyn_alpha * share * aggregate[i]!;
        weights[i]! += aggregate[i]! - h![i]! / dyn_alpha;
      }
    },
  },
  client: {
    state: ['g_k'],
    correctGradient: ({ gradient, weights, global, state: { g_k }, args: { dyn_alpha } }) => {
      for (let i = 0; i < gradient.length; i++)
        gradient[i]! += dyn_alpha * (weights[i]! - global[i]!) - g_k![i]!;
    },
    finish: ({ change, state: { g_k }, args: { dyn_alpha } }) => {
      for (let i = 0; i < change.length; i++) g_k![i]! -= dyn_alpha * change[i]!;
    },
  },
};
