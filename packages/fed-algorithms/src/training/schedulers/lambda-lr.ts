import { byEpoch } from './by-epoch.js';

/** torch LambdaLR with Synergos' function of the epoch: lr · lr_decay^epoch. */
export const lambdaLR = byEpoch((lr, epoch, { lr_decay }) => lr * lr_decay ** epoch);
