import type { Vector } from '../../vector.js';
import type { OptimizerType } from './optimizer.js';

/** torch.optim.RMSprop: v ← α v + (1 − α) g²; w ← w − lr g/(√v + ε); centred: v − ḡ² under the root. */
export const rmsprop: OptimizerType = {
  reads: ['weight_decay', 'momentum', 'alpha', 'centered', 'eps'],
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
};
