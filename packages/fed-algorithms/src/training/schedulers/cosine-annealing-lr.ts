import { byEpoch } from './by-epoch.js';

/** torch CosineAnnealingLR (Loshchilov & Hutter 2017): from lr to eta_min along a cosine of T_max epochs. */
export const cosineAnnealingLR = byEpoch((lr, epoch, { T_max, eta_min }) =>
  cosine(lr, eta_min, epoch / T_max),
);

/** torch CosineAnnealingWarmRestarts: the same, begun anew after T_0 epochs, then each time T_mult times longer. */
export const cosineAnnealingWarmRestarts = byEpoch((lr, epoch, { T_0, T_mult, eta_min }) => {
  let since = epoch;
  let length = T_0;
  while (since >= length) {
    since -= length;
    length *= T_mult;
  }
  return cosine(lr, eta_min, since / length);
});

function cosine(high: number, low: number, progress: number): number {
  return low + ((high - low) * (1 + Math.cos(Math.PI * progress))) / 2;
}
