import { z } from 'zod';
import { count, nonNegative, optional, positive, share, withDefault } from '../../arguments/types.js';

/** Arguments that several schedulers read; they mean what PyTorch's mean. */
export const max_lr = withDefault(positive, 0.005, 'largest learning rate');
export const gamma = optional(positive, 'factor of a decay; null: 1 for CyclicLR, 0.1 for the others');
export const factor = optional(positive, "factor of the learning rate; null: PyTorch's default");
export const total_iters = withDefault(count, 5, 'number of epochs that the schedule takes');
export const eta_min = withDefault(nonNegative, 0, 'smallest learning rate');
export const mode = withDefault(
  z.string().refine((given) => ['triangular', 'triangular2', 'exp_range', 'min', 'max'].includes(given), {
    error: 'expected triangular, triangular2 or exp_range',
  }),
  'triangular',
  'mode of the schedule',
);

/** Momentum that moves against the learning rate. */
export const cycledMomentum = {
  cycle_momentum: withDefault(z.boolean(), true, 'moves the momentum against the learning rate'),
  base_momentum: withDefault(share, 0.8, 'smallest momentum'),
  max_momentum: withDefault(share, 0.9, 'largest momentum'),
};

export const unusedMomentum = ({ cycle_momentum }: { readonly cycle_momentum: boolean }) =>
  cycle_momentum ? [] : ['base_momentum', 'max_momentum'];
