import type { Algorithm } from '../algorithm.js';
import { InvalidArguments } from '../errors.js';

/**
 * w ← w + Σ (n_k / n) Δ_k, Δ_k = w_k − w: the mean of the participants' models, weighted by their samples.
 * Every part is the default of an algorithm.
 * McMahan, Moore, Ramage, Hampson & Agüera y Arcas: Communication-Efficient Learning of Deep Networks (2017).
 */
export const fedAvg: Algorithm = {
  name: 'FedAvg',
  summary: 'Mean of the local models, weighted by samples.',
  reads: [],
  paper: 'McMahan et al. 2017, Communication-Efficient Learning of Deep Networks from Decentralized Data',
  defaults: { mu: 0 },
  check: ({ mu }) => {
    if (mu !== 0)
      throw new InvalidArguments([
        { path: 'mu', message: `FedAvg has no proximal term: expected 0, got ${mu}. Use FedProx` },
      ]);
  },
};
