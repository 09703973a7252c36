import { byEpoch } from './by-epoch.js';

/** torch MultiStepLR: lr · γ^(milestones passed). */
export const multiStepLR = byEpoch(
  (lr, epoch, { gamma, milestones }) =>
    lr * (gamma ?? 0.1) ** milestones.filter((milestone) => milestone <= epoch).length,
);
