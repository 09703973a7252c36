import { expect, it } from 'vitest';
import { checkDivergence } from './divergence.js';

const history = (...losses: readonly number[]) => ({
  firstLoss: losses[0] === undefined ? null : losses[0] + 1,
  rounds: losses.map((loss, index) => ({ round: index + 1, train: { a: loss, b: loss + 2 }, evaluate: {} })),
});

it('a loss that explodes against the first round stops the run', () => {
  expect(() => checkDivergence(history(1, 0.5, 2002), 1000)).toThrow(
    /^round 3: the mean training loss went from 2.00 to 2.00e\+3; the checkpoint of the round before is kept/,
  );
});

it.each([
  ['one that grows less', history(1, 0.5, 1998), 1000],
  ['one that grows from almost nothing', history(-1, 0.5), 1000],
  ['one that is negative', history(-5, -4000), 1000],
  ['any, where the guard is off', history(1, 1e30), null],
  ['none yet', history(), 1000],
])('%s does not', (_what, losses, factor) => {
  expect(() => checkDivergence(losses, factor)).not.toThrow();
});
