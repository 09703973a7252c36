import { expect, it } from 'vitest';
import { blocksOf } from './blocks.js';

it('a vector is visited once from end to end, and other work runs in between', async () => {
  const values = Float32Array.from({ length: 1_000_000 }, (_, index) => index);
  const update = {
    size: values.length,
    read: async (start: number, target: Float32Array) =>
      target.set(values.subarray(start, start + target.length)),
  };
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  let next = 0;
  for await (const { block, start } of blocksOf(update)) {
    expect(start).toBe(next);
    expect([block[0], block.at(-1)]).toEqual([start, start + block.length - 1]);
    next += block.length;
    for (const until = performance.now() + 2; performance.now() < until;);
  }
  clearInterval(ticking);
  expect(next).toBe(values.length);
  expect(turns).toBeGreaterThan(0);
});
