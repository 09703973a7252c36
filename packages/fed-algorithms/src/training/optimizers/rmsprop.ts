import { z } from 'zod';
import { share, withDefault } from '../../arguments/types.js';
import { eps, momentum, weight_decay } from './arguments.js';
import type { Vector } from '../../vector.js';
import { optimizerType } from './optimizer-type.js';

/** torch.optim.RMSprop: v ← α v + (1 − α) g²; w ← w − lr g/(√v + ε); centred: v − ḡ² under the root. */
export const rmsprop = optimizerType({
  name: 'RMSprop',
  summary: 'Gradients divided by the root of the running mean of their squares.',
  arguments: z.object({
    weight_decay,
    momentum,
    eps,
    alpha: withDefault(share, 0.99, 'smoothing of the running mean'),
    centered: withDefault(
      z.boolean(),
      false,
      'divides by the variance of the gradient rather than by its mean square',
    ),
  }),
  settings: ({ lr, momentum }) => ({ lr, momentum }),
  create({ weight_decay, alpha, centered, eps: givenEps }, settings, size, zeros) {
    const eps = givenEps ?? 1e-8;
    const square = zeros(size);
    const mean = zeros(centered ? size : 0);
    let buffer: Vector | undefined;
    return {
      step(weights, gradient) {
        const { lr, momentum = 0 } = settings;
        if (momentum > 0) buffer ??= zeros(size);
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          square[i] = alpha * square[i]! + (1 - alpha) * g * g;
          let spread = square[i]!;
          if (centered) {
            mean[i] = alpha * mean[i]! + (1 - alpha) * g;
            spread -= mean[i]! ** 2;
          }
          let move = g / (Math.sqrt(Math.max(spread, 0)) + eps);
          if (momentum > 0 && buffer) move = buffer[i] = momentum * buffer[i]! + move;
          weights[i]! -= lr * move;
        }
      },
    };
  },
});
