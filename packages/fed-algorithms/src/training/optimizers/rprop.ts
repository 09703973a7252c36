import { optimizerType } from './optimizer-type.js';

const SHRINK = 0.5;
const GROW = 1.2;
const SMALLEST = 1e-6;
const LARGEST = 50;

/** torch.optim.Rprop (Riedmiller & Braun 1993): steps by the gradient's sign alone; lr is the first step's size. */
export const rprop = optimizerType({
  name: 'Rprop',
  summary: 'Steps by the sign of the gradient alone; lr is the size of the first step.',
  paper: 'Riedmiller & Braun 1993, A Direct Adaptive Method for Faster Backpropagation Learning',
  settings: ({ lr }) => ({ lr }),
  create(_args, { lr }, size, zeros) {
    const sizes = zeros(size).fill(lr);
    const previous = zeros(size);
    return {
      step(weights, gradient) {
        for (let i = 0; i < size; i++) {
          const agreement = Math.sign(gradient[i]! * previous[i]!);
          const factor = agreement > 0 ? GROW : agreement < 0 ? SHRINK : 1;
          sizes[i] = Math.min(Math.max(sizes[i]! * factor, SMALLEST), LARGEST);
          const g = agreement < 0 ? 0 : gradient[i]!;
          weights[i]! -= Math.sign(g) * sizes[i]!;
          previous[i] = g;
        }
      },
    };
  },
});
