import { z } from 'zod';
import { decay, nonNegative, optional, positive, share, withDefault } from '../../arguments/types.js';

/** Arguments that several optimizers or schedulers read; they mean what PyTorch's mean. */
export const weight_decay = withDefault(nonNegative, 0, "the optimizer's own L2 penalty");
export const momentum = withDefault(share, 0, 'momentum');
export const betas = withDefault(
  z.tuple([decay, decay]),
  [0.9, 0.999],
  'decays of the running means of the gradient and of its square',
);
export const eps = optional(positive, "added to denominators; null: the optimizer's own default");
export const lrDecay = withDefault(nonNegative, 0.1, 'decay of the learning rate');
