import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import { proximalTerm } from './proximal-term.js';
import { staleness, stalenessArguments } from './staleness.js';

const fedAsyncArguments = stalenessArguments.extend({
  mixing: z
    .number()
    .positive()
    .max(1)
    .default(0.6)
    .describe('α: share of a new local model in the global one'),
});

/**
 * Asynchronous, without rounds: each local model that comes is mixed in, w ← (1 − α_t) w + α_t w_k, with α_t = α s(τ) for
 * one trained from a model τ steps old. mu holds local models near the global one. The run's `rounds` count the steps.
 * Xie, Koyejo & Gupta: Asynchronous Federated Optimization (2019).
 */
export const fedAsync: Algorithm<z.infer<typeof fedAsyncArguments>> = {
  name: 'FedAsync',
  summary: 'Asynchronous: each local model is mixed into the global one as it comes.',
  reads: ['mu'],
  paper: 'Xie et al. 2019, Asynchronous Federated Optimization',
  arguments: fedAsyncArguments,
  server: {
    asynchronous: {
      buffer: () => 1,
      weight: (tau, args) => args.mixing * staleness(tau, args),
      fromPresent: true,
    },
  },
  client: { correctGradient: proximalTerm },
};
