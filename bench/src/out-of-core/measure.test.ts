import { expect, it } from 'vitest';
import { measureMedian } from './measure.js';

it('computes the median of updates in files with only a few blocks in memory', async () => {
  const count = 24;
  const size = 4_000_000;
  const { before, most } = await measureMedian(count, size);
  // 384 MB of updates; memory holds only the result and the blocks in progress.
  expect(most - before).toBeLessThan(160e6);
}, 120_000);
