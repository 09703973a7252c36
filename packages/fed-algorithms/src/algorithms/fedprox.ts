import type { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import { adaptiveMuArguments, checkAdaptiveMu, globalLoss, nextMu } from './adaptive-mu.js';
import { proximalTerm } from './proximal-term.js';

/**
 * FedAvg whose local loss has a proximal term, (mu/2) ‖w_k − w‖²: its gradient mu (w_k − w) holds the local model
 * near the global one. With mu = 0 it is FedAvg. mu may adapt to the loss.
 * Li, Sahu, Zaheer, Sanjabi, Talwalkar & Smith: Federated Optimization in Heterogeneous Networks (2020).
 */
export const fedProx: Algorithm<z.infer<typeof adaptiveMuArguments>> = {
  name: 'FedProx',
  summary: 'FedAvg with a proximal term that holds local models near the global one.',
  reads: ['mu'],
  paper: 'Li et al. 2020, Federated Optimization in Heterogeneous Networks',
  arguments: adaptiveMuArguments,
  check: checkAdaptiveMu,
  server: {
    adapt: (numbers, reports, args) =>
      args.mu_adaptive ? nextMu({ mu: args.mu, ...numbers }, globalLoss(reports), args) : {},
    learnsFrom: ({ mu_adaptive }) => (mu_adaptive ? ['loss'] : []),
  },
  client: { correctGradient: proximalTerm },
};
