import assert from 'node:assert/strict';
import type { Searcher, Study } from '../tuner/searcher.js';
import { searchSpaceSchema, type Point } from '../tuner/space/parameters.js';
import type { Trial } from '../tuner/trial.js';
import type { Behaviour } from './job-store.js';

const space = searchSpaceSchema.parse({
  optimizer: { _type: 'choice', _value: ['SGD', 'Adam', 'AdamW'] },
  betas: {
    _type: 'choice',
    _value: [
      [0.9, 0.999],
      [0.8, 0.99],
    ],
  },
  momentum: { _type: 'quniform', _value: [0, 0.9, 0.3] },
  epochs: { _type: 'randint', _value: [1, 4] },
  batch_size: { _type: 'qrandint', _value: [16, 64, 16] },
  step_size: { _type: 'qlograndint', _value: [8, 24, 8] },
  mu: { _type: 'grid_search', _value: [0, 0.1] },
  criterion: 'NLLLoss',
});

/** Trials as they come about: every proposal is tried, some fail, some are still training. */
function grow(searcher: Searcher, count: number, seed = 1): Study {
  const trials: Trial[] = [];
  for (let number = 1; number <= count; number++) {
    const point = searcher.suggest({ space, seed, mode: 'max', trials });
    const value = number % 5 === 0 ? null : Number(point['momentum']) - Number(point['epochs']);
    trials.push({
      number,
      run_id: `optim_run_${number}`,
      point,
      state: number % 7 === 0 ? 'training' : number % 5 === 0 ? 'failed' : 'completed',
      target: 3,
      reports: number % 7 === 0 || number % 5 === 0 ? [] : [{ target: 3, rounds: 3, value }],
    });
  }
  return { space, seed, mode: 'max', trials };
}

function assertInside(point: Point): void {
  assert.deepEqual(Object.keys(point).sort(), Object.keys(space).sort());
  const holds = (name: string, values: readonly unknown[]) =>
    assert.ok(
      values.some((value) => JSON.stringify(value) === JSON.stringify(point[name])),
      `${name} ${JSON.stringify(point[name])} is none of ${JSON.stringify(values)}`,
    );
  holds('optimizer', ['SGD', 'Adam', 'AdamW']);
  holds('betas', [
    [0.9, 0.999],
    [0.8, 0.99],
  ]);
  holds('momentum', [0, 0.3, 0.6, 0.9]);
  holds('epochs', [1, 2, 3]);
  holds('batch_size', [16, 32, 48, 64]);
  holds('step_size', [8, 16, 24]);
  holds('mu', [0, 0.1]);
  holds('criterion', ['NLLLoss']);
}

/** Behaviours of a `Searcher`. */
export const searcherBehaviours: readonly Behaviour<Searcher>[] = [
  {
    behaviour: 'proposes a value of every hyperparameter, from the space and nowhere else',
    async check(searcher) {
      for (const { point } of grow(searcher, 60).trials) assertInside(point);
    },
  },
  {
    behaviour: 'continues from trials stored as JSON as without a restart',
    async check(searcher) {
      const study = grow(searcher, 40);
      for (let done = 0; done < 40; done++) {
        const kept = JSON.parse(JSON.stringify({ ...study, trials: study.trials.slice(0, done) })) as Study;
        assert.deepEqual(searcher.suggest(kept), study.trials[done]?.point);
      }
    },
  },
  {
    behaviour: 'leaves the study as it was',
    async check(searcher) {
      const study = grow(searcher, 20);
      const before = JSON.stringify(study);
      searcher.suggest(study);
      assert.equal(JSON.stringify(study), before);
    },
  },
  {
    behaviour: 'takes the values of grid_search in turn',
    async check(searcher) {
      const seen = grow(searcher, 4).trials.map(({ point }) => point['mu']);
      if (searcher.size === undefined) assert.deepEqual(seen, [0, 0.1, 0, 0.1]);
      const all = grow(searcher, searcher.size?.(space) ?? 2).trials.map(({ point }) => point['mu']);
      assert.deepEqual([...new Set(all)].sort(), [0, 0.1]);
    },
  },
  {
    behaviour: 'does not propose one point over and over',
    async check(searcher) {
      const points = grow(searcher, 40).trials.map(({ point }) => JSON.stringify(point));
      assert.ok(new Set(points).size >= 20, `${new Set(points).size} different points of 40`);
    },
  },
  {
    behaviour: 'has as many different points as it says',
    async check(searcher) {
      const size = searcher.size?.(space);
      if (size === undefined) return;
      const points = grow(searcher, size).trials.map(({ point }) => JSON.stringify(point));
      assert.equal(new Set(points).size, size);
    },
  },
];
