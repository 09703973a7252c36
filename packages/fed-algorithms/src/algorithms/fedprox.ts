import type { Algorithm } from '../algorithm.js';
import { proximalTerm } from './proximal-term.js';

/**
 * FedAvg whose local loss has a proximal term, (mu/2) ‖w_k − w‖²: its gradient mu (w_k − w) holds the local model
 * near the global one. With mu = 0 it is FedAvg.
 * Li, Sahu, Zaheer, Sanjabi, Talwalkar & Smith: Federated Optimization in Heterogeneous Networks (2020).
 */
export const fedProx: Algorithm = {
  name: 'FedProx',
  summary: 'FedAvg with a proximal term that holds local models near the global one.',
  paper: 'Li et al. 2020, Federated Optimization in Heterogeneous Networks',
  client: { correctGradient: proximalTerm },
};
