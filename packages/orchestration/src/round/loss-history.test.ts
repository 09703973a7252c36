import { expect, it } from 'vitest';
import { GlobalEarlyStop } from '../phases/global-early-stop.js';
import { pool, summarise, withEvaluations, withTraining, type LossHistory } from './loss-history.js';

const reply = (loss: number) => ({
  samples: 1,
  steps: 1,
  epochs: 1,
  loss,
  stoppedEarly: false,
  seconds: 0,
  evaluation: null,
});

it('evaluations are pooled by their numbers of samples', () => {
  const pooled = pool({ a: { samples: 1, loss: 4, score: 1 }, b: { samples: 3, loss: 0, score: 0.5 } });
  expect(pooled).toEqual({ samples: 4, loss: 1, score: 0.625 });
  expect(pool({})).toBeUndefined();
  expect(pool({ a: { samples: 2, loss: 1, score: null } })).toMatchObject({ score: null });
});

it('a history tells each round its training losses and the evaluation of what it ended with', () => {
  let history: LossHistory = { rounds: [] };
  history = withEvaluations(history, 0, { a: { samples: 1, loss: 9, score: 0 } });
  history = withTraining(
    history,
    1,
    new Map([
      ['b', reply(2)],
      ['a', reply(1)],
    ]),
  );
  history = withEvaluations(history, 1, { a: { samples: 1, loss: 0.5, score: 1 } });
  history = withTraining(history, 2, new Map([['a', reply(0.75)]]));
  expect(summarise(history, ['a', 'b'])).toEqual({
    global: { train: [1.5, 0.75], evaluate: [0.5, null], score: [1, null] },
    local: {
      a: { train: [1, 0.75], evaluate: [0.5, null], score: [1, null] },
      b: { train: [2, null], evaluate: [null, null], score: [null, null] },
    },
  });
});

it('a run stops once its loss has not fallen for as many rounds as its patience', () => {
  const losses = (...values: number[]): LossHistory => ({
    rounds: values.map((loss, index) => ({
      round: index + 1,
      train: {},
      evaluate: { a: { samples: 1, loss, score: null } },
    })),
  });
  const stop = new GlobalEarlyStop({ patience: 2, delta: 0.1 });
  expect(stop.reached(losses(1, 0.8, 0.6, 0.4))).toBe(false);
  expect(stop.reached(losses(1, 0.8, 0.75, 0.9))).toBe(true);
  expect(stop.reached(losses(1, 0.8, 0.75, 0.6))).toBe(false);
  expect(stop.reached({ rounds: [{ round: 1, train: {}, evaluate: {} }] })).toBe(false);
});
