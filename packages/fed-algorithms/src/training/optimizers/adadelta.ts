import { z } from 'zod';
import { share, withDefault } from '../../arguments/types.js';
import { eps, weight_decay } from './arguments.js';
import { optimizerType } from './optimizer-type.js';

/** torch.optim.Adadelta (Zeiler 2012): step √(d + ε)/√(v + ε) · g, d the running mean of squared steps. */
export const adadelta = optimizerType({
  name: 'Adadelta',
  summary: 'Adagrad over a running mean, with steps in the unit of the weights.',
  paper: 'Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method',
  arguments: z.object({ weight_decay, eps, rho: withDefault(share, 0.9, 'decay of the running means') }),
  settings: ({ lr }) => ({ lr }),
  create({ weight_decay, rho, eps: givenEps }, settings, size, zeros) {
    const eps = givenEps ?? 1e-6;
    const square = zeros(size);
    const moved = zeros(size);
    return {
      step(weights, gradient) {
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          square[i] = rho * square[i]! + (1 - rho) * g * g;
          const move = (Math.sqrt(moved[i]! + eps) / Math.sqrt(square[i]! + eps)) * g;
          moved[i] = rho * moved[i]! + (1 - rho) * move * move;
          weights[i]! -= settings.lr * move;
        }
      },
    };
  },
});
