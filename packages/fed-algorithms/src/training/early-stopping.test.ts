import { expect, it } from 'vitest';
import { createEarlyStopping } from './early-stopping.js';

const stopEpoch = (losses: number[], cumulative_delta: boolean) => {
  const stopping = createEarlyStopping({ patience: 3, delta: 0.5, cumulative_delta });
  return losses.findIndex((loss) => stopping.stopsAfter(loss)) + 1;
};

it('falls of the loss below delta do not count, unless they add up and delta is cumulative', () => {
  const slowly = [5, 4.8, 4.6, 4.4, 4.2, 4.0];
  expect(stopEpoch(slowly, false)).toBe(4);
  expect(stopEpoch(slowly, true)).toBe(0);
});

it('an improvement restarts the patience count', () => {
  expect(stopEpoch([5, 5, 5, 4, 4, 4, 4], false)).toBe(7);
});
