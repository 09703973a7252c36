import { createAdaptive } from './adaptive.js';

/**
 * Adagrad on the server: v ← v + Δ̄².
 * Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar & McMahan: Adaptive Federated Optimization (2021).
 */
export const fedAdagrad = createAdaptive(
  { name: 'FedAdagrad', summary: 'Adagrad on the server: steps shrink where updates were large.' },
  (v, square) => v + square,
);
