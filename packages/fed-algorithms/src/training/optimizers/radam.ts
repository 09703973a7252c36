import { z } from 'zod';
import { betas, eps, weight_decay } from './arguments.js';
import { optimizerType } from './optimizer-type.js';

/** torch.optim.RAdam (Liu et al. 2020): Adam whose adaptive part waits until ρₜ > 5 and is rectified by r then. */
export const radam = optimizerType({
  name: 'RAdam',
  summary: 'Adam whose adaptive part is rectified in the first steps.',
  paper: 'Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond',
  arguments: z.object({ weight_decay, betas, eps }),
  settings: ({ lr, betas }) => ({ lr, momentum: betas[0] }),
  create({ weight_decay, betas, eps: givenEps }, settings, size, zeros) {
    const eps = givenEps ?? 1e-8;
    const beta2 = betas[1];
    const longest = 2 / (1 - beta2) - 1;
    const mean = zeros(size);
    const square = zeros(size);
    let steps = 0;
    return {
      step(weights, gradient) {
        const { lr, momentum: beta1 = betas[0] } = settings;
        steps++;
        const correction = 1 - beta2 ** steps;
        const length = longest - (2 * steps * beta2 ** steps) / correction;
        const rectifier =
          length > 5
            ? Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length))
            : 0;
        const stepSize = lr / (1 - beta1 ** steps);
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
          square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
          const scale = rectifier ? (rectifier * Math.sqrt(correction)) / (Math.sqrt(square[i]!) + eps) : 1;
          weights[i]! -= stepSize * mean[i]! * scale;
        }
      },
    };
  },
});
