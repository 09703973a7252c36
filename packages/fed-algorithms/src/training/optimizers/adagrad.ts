import { z } from 'zod';
import { eps, lrDecay, weight_decay } from './arguments.js';
import { optimizerType } from './optimizer-type.js';

/** torch.optim.Adagrad (Duchi et al. 2011): s ← s + g²; w ← w − lr/(1 + (t − 1) lr_decay) · g/(√s + ε). */
export const adagrad = optimizerType({
  name: 'Adagrad',
  summary: 'Gradients divided by the root of the sum of their squares.',
  paper: 'Duchi et al. 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization',
  arguments: z.object({
    weight_decay,
    eps,
    lr_decay: lrDecay.describe('decay of the learning rate with each step'),
  }),
  settings: ({ lr }) => ({ lr }),
  create({ weight_decay, lr_decay, eps: givenEps }, settings, size, zeros) {
    const eps = givenEps ?? 1e-10;
    const sum = zeros(size);
    let steps = 0;
    return {
      step(weights, gradient) {
        const stepSize = settings.lr / (1 + steps++ * lr_decay);
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          sum[i]! += g * g;
          weights[i]! -= (stepSize * g) / (Math.sqrt(sum[i]!) + eps);
        }
      },
    };
  },
});
