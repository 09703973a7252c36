import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import { staleness, stalenessArguments } from './staleness.js';

const fedBuffArguments = stalenessArguments.extend({
  server_lr: z.number().positive().default(1).describe('η: the step of the server'),
  buffer_size: z.number().int().min(1).max(1_000_000).default(2).describe('K: updates that make one step'),
});

/**
 * Asynchronous, without rounds: participants train on whatever model is newest; each K updates that come, from models
 * τ steps old, make one step: w ← w + (η / K) Σ s(τ) Δ_k, s(τ) = (1 + τ)^−a. The run's `rounds` count the steps.
 * Nguyen, Malik, Zhan, Yousefpour, Rabbat, Malek & Huba: Federated Learning with Buffered Asynchronous Aggregation (2022).
 */
export const fedBuff: Algorithm<z.infer<typeof fedBuffArguments>> = {
  name: 'FedBuff',
  summary: 'Asynchronous: the model moves whenever a buffer of updates is full.',
  paper: 'Nguyen et al. 2022, Federated Learning with Buffered Asynchronous Aggregation',
  arguments: fedBuffArguments,
  defaults: { mu: 0 },
  server: {
    elementwise: true,
    asynchronous: { buffer: ({ buffer_size }) => buffer_size, weight: staleness },
    step: ({ weights, aggregate, args: { server_lr } }) => {
      for (let i = 0; i < weights.length; i++) weights[i]! += server_lr * aggregate[i]!;
    },
  },
};
