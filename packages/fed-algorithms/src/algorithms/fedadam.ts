import { createAdaptive } from './adaptive.js';

/**
 * Adam on the server: v ← β₂ v + (1 − β₂) Δ̄².
 * Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar & McMahan: Adaptive Federated Optimization (2021).
 */
export const fedAdam = createAdaptive(
  { name: 'FedAdam', summary: 'Adam on the server: momentum, and steps by the size of recent updates.' },
  (v, square, beta_2) => beta_2 * v + (1 - beta_2) * square,
);
