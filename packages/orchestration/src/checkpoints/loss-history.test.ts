import { expect, it } from 'vitest';
import {
  noLosses,
  pool,
  summarise,
  withEvaluations,
  withTraining,
  type RoundLosses,
} from './loss-history.js';

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

it('pools the finite losses and leaves out a participant whose loss is null', () => {
  const undefinedLoss = { samples: 9, loss: null, score: null };
  expect(pool({ a: { samples: 1, loss: 2, score: 1 }, b: undefinedLoss })).toEqual({
    samples: 1,
    loss: 2,
    score: 1,
  });
  expect(pool({ b: undefinedLoss })).toBeUndefined();
});

it('pools in the order of names, whoever answered first', () => {
  const of = (loss: number) => ({ samples: 1, loss, score: loss });
  const [a, b, c] = [of(0.1), of(0.2), of(0.3)];
  expect(pool({ c, b, a })).toEqual(pool({ a, b, c }));
});

it('a history tells each round its training losses and the evaluation of what it ended with', async () => {
  let history = noLosses;
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
  history = withTraining(history, 2, new Map([['a', reply(0.75)]]), ['b']);
  expect(history.firstLoss).toBe(1.5);
  expect(await summarise(each(history.rounds))).toEqual({
    global: { train: [1.5, 0.75], evaluate: [0.5, null], score: [1, null] },
    local: {
      a: { train: [1, 0.75], evaluate: [0.5, null], score: [1, null] },
      b: { train: [2, null], evaluate: [null, null], score: [null, null] },
    },
    participation: [
      { updates: 2, dropped: 0 },
      { updates: 1, dropped: 1 },
    ],
  });
});

it('a participant that comes later has no losses of the rounds before', async () => {
  const rounds = [{ a: 1 }, { a: 2, b: 4 }].map((train, index) => ({
    round: index + 1,
    train,
    evaluate: {},
  }));
  const { local } = await summarise(each(rounds));
  expect(local).toMatchObject({ a: { train: [1, 2] }, b: { train: [null, 4], score: [null, null] } });
});

async function* each(rounds: readonly RoundLosses[]): AsyncGenerator<RoundLosses> {
  yield* rounds;
}
