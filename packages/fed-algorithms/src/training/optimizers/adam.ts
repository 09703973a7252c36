import { z } from 'zod';
import { withDefault } from '../../arguments/types.js';
import { betas, eps, weight_decay } from './arguments.js';
import type { Vector } from '../../vector.js';
import {
  optimizerType,
  type CommonArguments,
  type Optimizer,
  type OptimizerSettings,
} from './optimizer-type.js';

const adamArguments = z.object({
  weight_decay,
  betas,
  eps,
  amsgrad: withDefault(z.boolean(), false, 'divides by the largest second moment so far'),
});

type Args = z.infer<typeof adamArguments> & CommonArguments;

/** torch.optim.Adam (Kingma & Ba 2015): weight decay is added to the gradient. */
export const adam = optimizerType({
  name: 'Adam',
  summary: 'Running means of the gradient and of its square.',
  paper: 'Kingma & Ba 2015, Adam: A Method for Stochastic Optimization',
  ...createAdam('gradient'),
});

/** torch.optim.AdamW (Loshchilov & Hutter 2019): w ← w (1 − lr · weight_decay) before Adam's step. */
export const adamW = optimizerType({
  name: 'AdamW',
  summary: 'Adam whose weight decay is separate from the gradient.',
  paper: 'Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization',
  ...createAdam('weights'),
});

/** m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − lr m̂ / (√v̂ + ε), AMSGrad with the largest v so far. */
function createAdam(decayOn: 'gradient' | 'weights') {
  return {
    arguments: adamArguments,
    settings: ({ lr, betas }: Args) => ({ lr, momentum: betas[0] }),
    create(
      { weight_decay, betas, eps: givenEps, amsgrad }: Args,
      settings: OptimizerSettings,
      size: number,
      zeros: (size: number) => Vector,
    ): Optimizer {
      const eps = givenEps ?? 1e-8;
      const beta2 = betas[1];
      const mean = zeros(size);
      const square = zeros(size);
      const largest = amsgrad ? zeros(size) : square;
      let steps = 0;
      return {
        step(weights, gradient) {
          const { lr, momentum: beta1 = betas[0] } = settings;
          steps++;
          const stepSize = lr / (1 - beta1 ** steps);
          const correction = Math.sqrt(1 - beta2 ** steps);
          for (let i = 0; i < size; i++) {
            let g = gradient[i]!;
            if (decayOn === 'gradient') g += weight_decay * weights[i]!;
            else weights[i]! *= 1 - lr * weight_decay;
            mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
            square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
            if (amsgrad) largest[i] = Math.max(largest[i]!, square[i]!);
            weights[i]! -= (stepSize * mean[i]!) / (Math.sqrt(largest[i]!) / correction + eps);
          }
        },
      };
    },
  };
}
