import type { OptimizerType } from './optimizer.js';

/** torch.optim.Adagrad (Duchi et al. 2011): s ← s + g²; w ← w − lr/(1 + (t − 1) lr_decay) · g/(√s + ε). */
export const adagrad: OptimizerType = {
  reads: ['weight_decay', 'lr_decay', 'eps'],
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
};
