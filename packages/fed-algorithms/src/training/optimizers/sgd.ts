import type { Vector } from '../../vector.js';
import type { OptimizerType } from './optimizer.js';

/** torch.optim.SGD: b ← μ b + (1 − dampening) g; w ← w − lr b (Nesterov: g + μ b). */
export const sgd: OptimizerType = {
  reads: ['weight_decay', 'momentum', 'dampening', 'nesterov'],
  settings: ({ lr, momentum }) => ({ lr, momentum }),
  create({ weight_decay, dampening, nesterov }, settings, size, zeros) {
    let buffer: Vector | undefined;
    return {
      step(weights, gradient) {
        const { lr, momentum = 0 } = settings;
        const first = !buffer;
        if (momentum !== 0) buffer ??= zeros(size);
        for (let i = 0; i < size; i++) {
          let move = gradient[i]! + weight_decay * weights[i]!;
          if (momentum !== 0 && buffer) {
            // PyTorch's buffer starts as the first gradient, undamped.
            buffer[i] = first ? move : momentum * buffer[i]! + (1 - dampening) * move;
            move = nesterov ? move + momentum * buffer[i]! : buffer[i]!;
          }
          weights[i]! -= lr * move;
        }
      },
    };
  },
};
