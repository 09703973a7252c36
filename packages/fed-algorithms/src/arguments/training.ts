import { z } from 'zod';
import { weight_decay } from '../training/optimizers/arguments.js';
import { count, nonNegative, positive, optional, withDefault } from './types.js';

/** The arguments of the model and of local training that every run has, by Synergos' names. */
export const trainingArguments = {
  algorithm: withDefault(z.string().min(1).max(200), 'FedProx', 'name of the federated algorithm'),
  rounds: withDefault(count, 10, 'number of rounds; with an asynchronous algorithm, number of server steps'),
  epochs: withDefault(count, 100, 'epochs of local training in each round'),
  batch_size: optional(count, 'rows in a batch; null: the whole data set'),
  lr: withDefault(
    positive,
    0.001,
    'learning rate of local training; no effect under CyclicLR and OneCycleLR, which have their own rates',
  ),
  weight_decay,
  mu: withDefault(
    nonNegative,
    0.1,
    'FedProx, FedAsync: weight of the proximal term, which keeps local models near the global model',
  ),
  l1_lambda: withDefault(nonNegative, 0, 'adds l1_lambda ‖w‖₁ to the local loss'),
  l2_lambda: withDefault(nonNegative, 0, 'adds (l2_lambda / 2) ‖w‖² to the local loss'),
  shuffle: withDefault(z.boolean(), true, 'shuffles the rows in each epoch; false: the order of the files'),
  initial_weights: withDefault(
    z.enum(['random', 'zeros']),
    'random',
    'weights of the first global model, unless start_from names a model',
  ),
  seed: withDefault(
    z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
    42,
    'seed of every random draw of the run',
  ),
  patience: withDefault(
    count,
    10,
    'epochs without improvement after which local training stops, and rounds after which the run stops',
  ),
  return: withDefault(
    z.enum(['best', 'last']),
    'best',
    'global model that is stored: that of the round with the lowest evaluation loss, or that of the last round',
  ),
  delta: withDefault(nonNegative, 0, 'smallest fall of the loss that counts as an improvement'),
  cumulative_delta: withDefault(
    z.boolean(),
    false,
    'measures the fall since the last improvement, rather than since the lowest loss',
  ),
  is_condensed: withDefault(z.boolean(), true, 'no effect; accepted from Synergos clients'),
  precision_fractional: withDefault(
    z.number().int().min(0).max(20),
    5,
    'no effect; accepted from Synergos clients',
  ),
};
