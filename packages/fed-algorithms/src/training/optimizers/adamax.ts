import { z } from 'zod';
import { betas, eps, weight_decay } from './arguments.js';
import { optimizerType } from './optimizer-type.js';

/** torch.optim.Adamax (Kingma & Ba 2015): u ← max(β₂ u, |g| + ε); w ← w − lr/(1 − β₁ᵗ) · m/u. */
export const adamax = optimizerType({
  name: 'Adamax',
  summary: 'Adam by the largest gradient.',
  paper: 'Kingma & Ba 2015, Adam: A Method for Stochastic Optimization',
  arguments: z.object({ weight_decay, betas, eps }),
  settings: ({ lr, betas }) => ({ lr, momentum: betas[0] }),
  create({ weight_decay, betas, eps: givenEps }, settings, size, zeros) {
    const eps = givenEps ?? 1e-8;
    const mean = zeros(size);
    const largest = zeros(size);
    let steps = 0;
    return {
      step(weights, gradient) {
        const { lr, momentum: beta1 = betas[0] } = settings;
        const stepSize = lr / (1 - beta1 ** ++steps);
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
          largest[i] = Math.max(betas[1] * largest[i]!, Math.abs(g) + eps);
          weights[i]! -= (stepSize * mean[i]!) / largest[i]!;
        }
      },
    };
  },
});
