import { byEpoch } from './by-epoch.js';

/** torch PolynomialLR: lr · (1 − epoch / total_iters)^power, 0 from total_iters on. */
export const polynomialLR = byEpoch(
  (lr, epoch, { total_iters, power }) => lr * (1 - Math.min(epoch, total_iters) / total_iters) ** power,
);
