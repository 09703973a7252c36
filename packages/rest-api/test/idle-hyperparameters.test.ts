import { createRegistry } from '@synergos/fed-algorithms';
import { createRunChecks } from '@synergos/orchestration';
import { searchSpaceSchema } from '@synergos/scaling';
import { expect, it } from 'vitest';
import { idleIn } from '../src/resources/idle-hyperparameters.js';

const mine = { name: 'Mine', summary: 'A plug-in that does not declare what it reads.' };
const checks = createRunChecks(
  createRegistry([{ source: 'mine', plugin: { apiVersion: 1, algorithms: [mine] } }]),
);
const idle = (space: object, fixed?: object) =>
  idleIn(searchSpaceSchema.parse(space), checks, fixed as Record<string, unknown>);
const choice = (...values: readonly unknown[]) => ({ _type: 'choice', _value: values });
const uniform = (low: number, high: number) => ({ _type: 'uniform', _value: [low, high] });

it.each([
  ['mu outside of FedProx and FedAsync', { algorithm: 'FedAvg', mu: uniform(0, 1) }, ['mu']],
  ['mu if one trial has FedProx', { algorithm: choice('FedAvg', 'FedProx'), mu: uniform(0, 1) }, []],
  ['options of no rule', { trim: uniform(0.1, 0.4), byzantine: choice(1, 2) }, ['trim', 'byzantine']],
  [
    'options of the other of two rules',
    { aggregator: choice('trimmed-mean', 'median'), trim: uniform(0, 0.4), clip_norm: uniform(1, 2) },
    ['clip_norm'],
  ],
  [
    'a rule that needs its option',
    { aggregator: 'multi-krum', byzantine: choice(0, 1), trim: 0.2 },
    ['trim'],
  ],
  ['lr under CyclicLR', { lr_scheduler: 'CyclicLR', lr: uniform(0.1, 1) }, ['lr']],
  ['lr without a scheduler', { lr: uniform(0.1, 1) }, []],
  ['momentum of Adam', { optimizer: choice('Adam', 'RAdam'), momentum: uniform(0, 0.9) }, ['momentum']],
  ['momentum of one optimizer of two', { optimizer: choice('Adam', 'SGD'), momentum: uniform(0, 0.9) }, []],
  ['gamma without a schedule that decays', { gamma: uniform(0.5, 0.9) }, ['gamma']],
  ['the margin of another criterion', { criterion: 'MSELoss', margin: uniform(0, 1) }, ['margin']],
  ['constants that no run has', { is_snn: false, mu: uniform(0, 1) }, ['is_snn']],
  ['any but unknown ones of a plug-in', { algorithm: 'Mine', mu: uniform(0, 1), is_snn: true }, ['is_snn']],
  [
    'values that do not go together',
    { aggregator: 'trimmed-mean', trim: choice(0.1, 0), milestones: choice([1], 'x'), rho: uniform(0, 1) },
    ['milestones', 'rho'],
  ],
])('hyperparameters without effect in any trial are idle: %s', (_what, space, expected) => {
  expect(idle(space)).toEqual(expected);
});

it('a criterion that replaces the default determines which of its arguments have an effect', () => {
  const space = { beta: uniform(0, 1), weight: choice([1, 2], [1, 3]) };
  expect(idle(space)).toEqual(['beta']);
  expect(idle(space, { criterion: 'SmoothL1Loss' })).toEqual(['weight']);
});

it('a space with too many combinations is not examined', () => {
  const many = (length: number) => choice(...Array.from({ length }, (_, index) => index + 1));
  const space = { algorithm: 'FedAdam', lr_scheduler: 'none', mu: 1 };
  expect(idle({ ...space, lr: many(200) })).toEqual(['mu']);
  expect(idle({ ...space, lr: many(201) })).toEqual([]);
});
