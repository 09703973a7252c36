import { describe, expect, it } from 'vitest';
import { searcherBehaviours } from '../../conformance/index.js';
import { searchers } from '../names.js';
import type { Searcher } from '../searcher.js';
import { searchSpaceSchema } from '../space/parameters.js';
import type { Trial } from '../trial.js';
import { grid } from './grid.js';
import { halton } from './halton.js';
import { random } from './random.js';
import { tpe } from './tpe.js';

describe.each(searchers)('searcher $name', (searcher) => {
  for (const { behaviour, check } of searcherBehaviours) it(behaviour, () => check(searcher));
});

/** The lowest value that a searcher finds. */
function lowest(
  searcher: Searcher,
  space: object,
  value: (point: never) => number,
  { trials: count, seed }: { readonly trials: number; readonly seed: number },
): number {
  const parsed = searchSpaceSchema.parse(space);
  const trials: Trial[] = [];
  for (let number = 1; number <= count; number++) {
    const point = searcher.suggest({ space: parsed, seed, mode: 'min', trials });
    const reports = [{ target: 1, rounds: 1, value: value(point as never) }];
    trials.push({ number, run_id: String(number), point, state: 'completed', target: 1, reports });
  }
  return Math.min(...trials.map(({ reports }) => reports[0]?.value ?? Infinity));
}

/** Like the loss of a training: a valley over the learning rate's exponent, with four more hyperparameters. */
const trainingSpace = {
  lr: { _type: 'loguniform', _value: [1e-5, 1] },
  weight_decay: { _type: 'loguniform', _value: [1e-6, 1e-1] },
  momentum: { _type: 'uniform', _value: [0, 1] },
  epochs: { _type: 'randint', _value: [1, 21] },
  optimizer: { _type: 'choice', _value: ['SGD', 'Adam', 'RMSprop'] },
};
function trainingLoss(point: {
  lr: number;
  weight_decay: number;
  momentum: number;
  epochs: number;
  optimizer: string;
}): number {
  const { lr, weight_decay, momentum, epochs, optimizer } = point;
  return (
    (Math.log10(lr) + 2.5) ** 2 +
    0.5 * (Math.log10(weight_decay) + 4) ** 2 +
    4 * (momentum - 0.8) ** 2 +
    ((epochs - 12) / 8) ** 2 +
    { SGD: 0.6, Adam: 0, RMSprop: 0.3 }[optimizer]!
  );
}

it('TPE finds better than random search within 40 trials in at least 80 % of 50 seeds', () => {
  const seeds = Array.from({ length: 50 }, (_, seed) => seed);
  const wins = seeds.filter((seed) => {
    const limits = { trials: 40, seed };
    return (
      lowest(tpe, trainingSpace, trainingLoss, limits) < lowest(random, trainingSpace, trainingLoss, limits)
    );
  });
  expect(wins.length).toBeGreaterThanOrEqual(40);
});

it('quasi-random points leave smaller gaps than random ones', () => {
  const space = searchSpaceSchema.parse({ lr: { _type: 'uniform', _value: [0, 1] } });
  const largestGap = (searcher: Searcher, seed: number) => {
    const trials: Trial[] = [];
    for (let number = 1; number <= 64; number++) {
      const point = searcher.suggest({ space, seed, mode: 'min', trials });
      trials.push({ number, run_id: '', point, state: 'training', target: 1, reports: [] });
    }
    const values = [0, ...trials.map(({ point }) => Number(point['lr'])).sort((a, b) => a - b), 1];
    return Math.max(...values.slice(1).map((value, at) => value - values[at]!));
  };
  for (let seed = 0; seed < 20; seed++) {
    // 64 points of base 2: one in each sixty-fourth.
    expect(largestGap(halton, seed)).toBeLessThan(2 / 64);
    expect(largestGap(random, seed)).toBeGreaterThan(2 / 64);
  }
});

it('random search draws other points for another seed', () => {
  const study = { space: searchSpaceSchema.parse(trainingSpace), mode: 'min', trials: [] } as const;
  expect(random.suggest({ ...study, seed: 1 })).not.toEqual(random.suggest({ ...study, seed: 2 }));
});

it('a grid refuses a hyperparameter with infinitely many values by name', () => {
  const space = searchSpaceSchema.parse({
    lr: { _type: 'uniform', _value: [0, 1] },
    mu: { _type: 'quniform', _value: [0, 1, 0.5] },
    momentum: { _type: 'normal', _value: [0, 1] },
  });
  expect(Object.keys(grid.refuse?.(space) ?? {})).toEqual(['lr', 'momentum']);
});
