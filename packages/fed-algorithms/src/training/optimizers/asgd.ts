import { z } from 'zod';
import { weight_decay } from './arguments.js';
import { optimizerType } from './optimizer-type.js';

/** PyTorch's defaults; the run's `alpha` belongs to RMSprop. */
const LAMBDA = 1e-4;
const ALPHA = 0.75;

/** torch.optim.ASGD (Polyak & Juditsky 1992): w ← w (1 − λ η) − η g, η = lr/(1 + λ lr t)^α. */
export const asgd = optimizerType({
  name: 'ASGD',
  summary: 'Stochastic gradient descent with a decaying rate.',
  paper: 'Polyak & Juditsky 1992, Acceleration of Stochastic Approximation by Averaging',
  arguments: z.object({ weight_decay }),
  settings: ({ lr }) => ({ lr }),
  create({ weight_decay }, settings, size) {
    let eta = settings.lr;
    let steps = 0;
    return {
      step(weights, gradient) {
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          weights[i] = weights[i]! * (1 - LAMBDA * eta) - eta * g;
        }
        eta = settings.lr / (1 + LAMBDA * settings.lr * ++steps) ** ALPHA;
      },
    };
  },
});
