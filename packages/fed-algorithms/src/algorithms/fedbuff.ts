import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import { staleness, stalenessArguments } from './staleness.js';

const fedBuffArguments = stalenessArguments.extend({
  server_lr: z.number().positive().default(1).describe('η: the step of the server'),
  server_momentum: z.number().min(0).lt(1).default(0).describe('β: what is kept of the last step'),
  buffer_size: z.number().int().min(1).max(1_000_000).default(2).describe('K: updates that make one step'),
});

/**
 * Asynchronous, without rounds: participants train on whatever model is newest; each K updates that come, from models
 * τ steps old, make one step: v ← βv + (1 / K) Σ s(τ) Δ_k; w ← w + ηv. The run's `rounds` count the steps.
 * Nguyen, Malik, Zhan, Yousefpour, Rabbat, Malek & Huba: Federated Learning with Buffered Asynchronous Aggregation (2022).
 */
export const fedBuff: Algorithm<z.infer<typeof fedBuffArguments>> = {
  name: 'FedBuff',
  summary: 'Asynchronous: the model moves whenever a buffer of updates is full.',
  reads: [],
  paper: 'Nguyen et al. 2022, Federated Learning with Buffered Asynchronous Aggregation',
  arguments: fedBuffArguments,
  defaults: { mu: 0 },
  server: {
    state: ({ server_momentum }) => (server_momentum > 0 ? ['v'] : []),
    elementwise: true,
    asynchronous: { buffer: ({ buffer_size }) => buffer_size, weight: staleness },
    step: ({
      weights,
      aggregate,
      reports,
      state: { v = aggregate },
      args: { server_lr, server_momentum },
    }) => {
      // All updates in the buffer were too old to count: the momentum does not advance either.
      if (reports.length === 0) return;
      for (let i = 0; i < weights.length; i++) {
        if (v !== aggregate) v[i] = server_momentum * v[i]! + aggregate[i]!;
        weights[i]! += server_lr * v[i]!;
      }
    },
  },
};
