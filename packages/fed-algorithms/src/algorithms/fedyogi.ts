import { createAdaptive } from './adaptive.js';

/**
 * Yogi on the server: v ← v − (1 − β₂) Δ̄² sign(v − Δ̄²), which forgets more slowly than FedAdam.
 * Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar & McMahan: Adaptive Federated Optimization (2021).
 */
export const fedYogi = createAdaptive(
  { name: 'FedYogi', summary: 'Yogi on the server: as FedAdam, forgetting large updates more slowly.' },
  (v, square, beta_2) => v - (1 - beta_2) * square * Math.sign(v - square),
);
