import { adaptiveArguments, createAdaptive } from './adaptive.js';

/** Without the decay of squares, which it has not; β₁ is 0 in the paper. */
const fedAdagradArguments = adaptiveArguments.omit({ beta_2: true }).extend({
  beta_1: adaptiveArguments.shape.beta_1
    .unwrap()
    .default(0)
    .describe('Decay of the mean of the pseudo-gradients'),
});

/**
 * Adagrad on the server: v ← v + Δ̄².
 * Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar & McMahan: Adaptive Federated Optimization (2021).
 */
export const fedAdagrad = createAdaptive(
  {
    name: 'FedAdagrad',
    summary: 'Adagrad on the server: steps shrink where updates were large.',
    arguments: fedAdagradArguments,
  },
  (v, square) => v + square,
);
