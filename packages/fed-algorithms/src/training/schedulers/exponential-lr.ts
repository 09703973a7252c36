import { byEpoch } from './by-epoch.js';

/** torch ExponentialLR: lr · γ^epoch. */
export const exponentialLR = byEpoch((lr, epoch, { gamma }) => lr * (gamma ?? 0.1) ** epoch);
