import { expect, it } from 'vitest';
import { summarise, time } from './timing.js';

it('takes the best and the median of the passes, in any order', () => {
  expect(summarise([5, 1, 3])).toEqual({ best: 1, median: 3 });
  expect(summarise([4, 1, 3, 2])).toEqual({ best: 1, median: 2.5 });
});

it('times what it runs, in milliseconds', () => {
  const end = performance.now() + 20;
  const elapsed = time(() => {
    while (performance.now() < end);
  });
  expect(elapsed).toBeGreaterThan(15);
  expect(elapsed).toBeLessThan(1000);
});
