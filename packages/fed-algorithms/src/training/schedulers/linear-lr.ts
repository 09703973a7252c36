import { byEpoch } from './by-epoch.js';

/** torch LinearLR: the factor goes from start_factor to end_factor over total_iters epochs. */
export const linearLR = byEpoch((lr, epoch, { start_factor, end_factor, total_iters }) => {
  const progress = Math.min(epoch, total_iters) / total_iters;
  return lr * (start_factor + (end_factor - start_factor) * progress);
});
