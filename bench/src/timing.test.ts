import { expect, it } from 'vitest';
import { summarise, time } from './timing.js';

it('summarises passes in any order as best and median', () => {
  expect(summarise([5, 1, 3])).toEqual({ best: 1, median: 3 });
  expect(summarise([4, 1, 3, 2])).toEqual({ best: 1, median: 2.5 });
});

it('measures the run time in milliseconds', () => {
  const end = performance.now() + 20;
  const elapsed = time(() => {
    while (performance.now() < end);
  });
  expect(elapsed).toBeGreaterThan(15);
  expect(elapsed).toBeLessThan(1000);
});
