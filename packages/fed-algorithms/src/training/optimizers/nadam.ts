import { z } from 'zod';
import { betas, eps, weight_decay } from './arguments.js';
import { optimizerType } from './optimizer-type.js';

const MOMENTUM_DECAY = 0.004;

/**
 * torch.optim.NAdam (Dozat 2016): μₜ = β₁ (1 − ½ · 0.96^(t ψ)), ψ = 0.004;
 * w ← w − lr [(1 − μₜ) g / (1 − Π μ) + μₜ₊₁ m / (1 − μₜ₊₁ Π μ)] / (√v̂ + ε).
 */
export const nadam = optimizerType({
  name: 'NAdam',
  summary: "Adam with Nesterov's momentum.",
  paper: 'Dozat 2016, Incorporating Nesterov Momentum into Adam',
  arguments: z.object({ weight_decay, betas, eps }),
  settings: ({ lr, betas }) => ({ lr, momentum: betas[0] }),
  create({ weight_decay, betas, eps: givenEps }, settings, size, zeros) {
    const eps = givenEps ?? 1e-8;
    const beta2 = betas[1];
    const mean = zeros(size);
    const square = zeros(size);
    let steps = 0;
    let product = 1;
    return {
      step(weights, gradient) {
        const { lr, momentum: beta1 = betas[0] } = settings;
        steps++;
        const correction = 1 - beta2 ** steps;
        const mu = beta1 * (1 - 0.5 * 0.96 ** (steps * MOMENTUM_DECAY));
        const nextMu = beta1 * (1 - 0.5 * 0.96 ** ((steps + 1) * MOMENTUM_DECAY));
        product *= mu;
        const ofGradient = (lr * (1 - mu)) / (1 - product);
        const ofMean = (lr * nextMu) / (1 - product * nextMu);
        for (let i = 0; i < size; i++) {
          const g = gradient[i]! + weight_decay * weights[i]!;
          mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
          square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
          weights[i]! -= (ofGradient * g + ofMean * mean[i]!) / (Math.sqrt(square[i]! / correction) + eps);
        }
      },
    };
  },
});
