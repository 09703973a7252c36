import { expect, it } from 'vitest';
import { judged, noStanding, type Standing } from './standing.js';

type Losses = Readonly<Record<string, number | null>>;

const evaluated = (round: number, losses: Losses) => ({
  round,
  model: { path: `round-${round}`, sha256: '', sizeBytes: 0 },
  evaluate: Object.fromEntries(
    Object.entries(losses).map(([name, loss]) => [name, { samples: 1, loss, score: null }]),
  ),
});
const after = (rounds: readonly Losses[], { delta = 0, evaluators = 2 } = {}): Standing =>
  rounds.reduce<Standing>(
    (standing, losses, index) => judged(standing, evaluated(index + 1, losses), { delta, evaluators }),
    noStanding,
  );

it('the best round is the one with the lowest loss, the first of equal ones', () => {
  const { best, waited } = after([{ a: 1 }, { a: 0.5 }, { a: 0.5 }, { a: 0.75 }], { evaluators: 1 });
  expect([best?.round, best?.model.path, waited]).toEqual([2, 'round-2', 2]);
});

it('improvements of delta or less do not reset the wait, but may be the best', () => {
  const { best, waited } = after([{ a: 1 }, { a: 0.95 }, { a: 0.91 }], { delta: 0.1, evaluators: 1 });
  expect([best?.round, waited]).toEqual([3, 2]);
});

it('compares rounds over the participants that evaluated both', () => {
  // With a, whose loss is the lowest, round 1 would seem to be better: 0.63.
  const rounds = [
    { a: 0.1, b: 0.9, c: 0.9 },
    { b: 0.8, c: 0.8 },
  ];
  expect(after(rounds, { evaluators: 3 })).toMatchObject({ best: { round: 2 }, waited: 0 });
});

it('does not compare rounds that too few participants evaluated both, nor a loss that is undefined', () => {
  expect(after([{ a: 1 }, { b: 2 }], { evaluators: 1 })).toMatchObject({ best: { round: 1 }, waited: 0 });
  expect(after([{ a: 1, b: 1 }, { a: 0.1 }], { evaluators: 3 })).toMatchObject({ best: { round: 1 } });
  expect(after([{ a: null, b: null }])).toEqual(noStanding);
  expect(after([])).toEqual(noStanding);
});
