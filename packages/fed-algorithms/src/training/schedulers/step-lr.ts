import { byEpoch } from './by-epoch.js';

/** torch StepLR: lr · γ^⌊epoch / step_size⌋. */
export const stepLR = byEpoch(
  (lr, epoch, { gamma, step_size }) => lr * (gamma ?? 0.1) ** Math.floor(epoch / step_size),
);
