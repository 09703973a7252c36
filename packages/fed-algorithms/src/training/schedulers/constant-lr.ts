import { byEpoch } from './by-epoch.js';

/** torch ConstantLR: lr · factor for total_iters epochs, then lr. */
export const constantLR = byEpoch((lr, epoch, { factor, total_iters }) =>
  epoch < total_iters ? lr * (factor ?? 1 / 3) : lr,
);
