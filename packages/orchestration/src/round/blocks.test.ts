import { expect, it } from 'vitest';
import { findNonFinite, inBlocks } from './blocks.js';

it('a vector is visited once from end to end, and other work runs in between', async () => {
  const seen: [number, number][] = [];
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  await inBlocks(1_000_000, (start, end) => {
    seen.push([start, end]);
    for (const until = performance.now() + 2; performance.now() < until;);
  });
  clearInterval(ticking);
  expect(seen[0]?.[0]).toBe(0);
  expect(seen.at(-1)?.[1]).toBe(1_000_000);
  expect(seen.slice(1).every(([start], index) => start === seen[index]?.[1])).toBe(true);
  expect(turns).toBeGreaterThan(0);
});

it.each([NaN, Infinity, -Infinity])('%s is found wherever it is', async (odd) => {
  for (const at of [0, 262_143, 262_144, 599_999]) {
    const values = new Float32Array(600_000).fill(1e38);
    values[at] = odd;
    expect(await findNonFinite(values)).toBe(at);
  }
  expect(await findNonFinite(new Float32Array(10))).toBe(-1);
});
