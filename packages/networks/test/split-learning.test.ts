import {
  createManifest,
  createRegistry,
  initialiseWeights,
  parseRunArguments,
  trainLocally,
  type Message,
  type Model,
} from '@synergos/fed-algorithms';
import { expect, it } from 'vitest';
import { compileNetwork } from '../src/network.js';
import { clusterModel as model, clusters } from './clusters.js';

const manifest = createManifest(model);
const start = initialiseWeights(model, manifest, 5);
const samples = clusters(50);
const SEED = 9;
const signal = new AbortController().signal;
const registry = createRegistry();
const { round, answers } = registry.get('FedSplit').exchange!;

// What is cut and put together again is the same training, to float32.
it.each([
  { lr_scheduler: 'none' },
  { lr_scheduler: 'none', split: 'vanilla' },
  { lr_scheduler: 'none', shuffle: false },
  { lr_scheduler: 'none', l2_lambda: 0.1, momentum: 0.5 },
  { lr_scheduler: 'CyclicLR', base_lr: 0.01, max_lr: 0.2, step_size_up: 3 },
  { lr_scheduler: 'StepLR', step_size: 1, gamma: 0.5 },
  { lr_scheduler: 'StepLR', step_size: 1, gamma: 0.5, split: 'vanilla' },
  { lr_scheduler: 'ReduceLROnPlateau', threshold: 0.9, patience: 1 },
])('split learning with one participant is its local training: %o', async (change) => {
  const raw = { algorithm: 'FedSplit', epochs: 6, batch_size: 16, lr: 0.2, criterion: 'NLLLoss', ...change };
  const args = parseRunArguments(registry, raw).arguments;
  const compile = (layers: Model, part = 'whole') =>
    compileNetwork(layers, { action: 'classify', ...(part === 'whole' && { criterion: args.criterion }) });
  const common = { action: 'classify', model, manifest, round: 1, args, signal, compile } as const;
  const [session, state] = [new Map<string, unknown>(), {}];
  const ask = (_participant: string, question: string, message: Message = {}) =>
    answers[question]!({
      ...common,
      message,
      global: start,
      samples: () => Promise.resolve(samples),
      evaluation: () => Promise.resolve(null),
      state,
      session,
      seed: SEED,
    });
  const outcome = await round({
    ...common,
    cohort: ['a'],
    weights: start,
    kept: {},
    ask,
    askAll: () => Promise.reject(new Error('participants take turns')),
    drop: (_participant, reason) => Promise.reject(reason),
  });
  const whole = await trainLocally({ model: await compile(model), samples, start, args, seed: SEED, signal });
  expect(whole.epochs).toBe(args.epochs);
  expect(outcome.trained.get('a')?.loss).toBeCloseTo(whole.loss, 5);
  const far = whole.weights.map((value, i) => Math.abs(value - (outcome.global as Float32Array)[i]!));
  expect(Math.max(...far)).toBeLessThan(1e-5);
  expect(Math.max(...whole.weights.map((value, i) => Math.abs(value - start[i]!)))).toBeGreaterThan(0.05);
});
