import { expect, it } from 'vitest';
import { measureMedian } from './measure.js';

it('the median of updates in files holds few blocks of them, not the updates', async () => {
  const count = 24;
  const size = 4_000_000;
  const { before, most } = await measureMedian(count, size);
  // 384 MB of updates; the result and the blocks under way are what is held.
  expect(most - before).toBeLessThan(160e6);
}, 120_000);
