import { z } from 'zod';
import { share, withDefault } from '../../arguments/types.js';
import { refuse } from '../../errors.js';
import { momentum, weight_decay } from './arguments.js';
import type { Vector } from '../../vector.js';
import { optimizerType } from './optimizer-type.js';

/** torch.optim.SGD: b ← μ b + (1 − dampening) g; w ← w − lr b (Nesterov: g + μ b). */
export const sgd = optimizerType({
  name: 'SGD',
  summary: 'Stochastic gradient descent with momentum.',
  arguments: z.object({
    weight_decay,
    momentum,
    dampening: withDefault(share, 0, 'share by which each gradient is damped in the momentum'),
    nesterov: withDefault(z.boolean(), false, "Nesterov's momentum"),
  }),
  linear: true,
  check({ nesterov, momentum, dampening }) {
    if (nesterov && !(momentum > 0 && dampening === 0))
      refuse(
        'nesterov',
        `it needs momentum > 0 and dampening = 0: got momentum ${momentum}, dampening ${dampening}`,
      );
  },
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
});
