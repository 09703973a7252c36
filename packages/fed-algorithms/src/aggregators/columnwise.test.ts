import { expect, it } from 'vitest';
import { createEngine } from '../engines/create-engine.js';
import type { UpdateSet } from '../aggregator.js';
import { createColumnwise } from './columnwise.js';

const firstMinusSecond = createColumnwise((columns, weights, out) => {
  for (let i = 0; i < out.length; i++) out[i] = weights[0]! * columns[0]![i]! - weights[1]! * columns[1]![i]!;
});

function updateSet(
  size: number,
  count: number,
  onRead: (length: number) => void = () => undefined,
): UpdateSet {
  return {
    count,
    size,
    weights: Array.from({ length: count }, (_, index) => index + 1),
    read: async (index, start, target) => {
      onRead(target.length);
      target.forEach((_, i) => (target[i] = index === 0 ? 10 * (start + i) : start + i));
    },
  };
}

it('gives the rule every column once, with the weights', async () => {
  const result = await firstMinusSecond.aggregate(updateSet(40_000, 2), createEngine());
  expect(result).toEqual(Float32Array.from({ length: 40_000 }, (_, i) => 8 * i));
});

it('holds one block of each update, not the updates', async () => {
  const lengths: number[] = [];
  await firstMinusSecond.aggregate(
    updateSet(100_000, 2, (length) => lengths.push(length)),
    createEngine(),
  );
  expect(Math.max(...lengths)).toBeLessThanOrEqual(16_384);
});

it('takes smaller blocks of more updates', async () => {
  let longest = 0;
  const track = (length: number) => (longest = Math.max(longest, length));
  await firstMinusSecond.aggregate(updateSet(20_000, 4096, track), createEngine());
  expect(longest).toBe(4096);
});

it('gives zeros for no update at all', async () => {
  expect(await firstMinusSecond.aggregate(updateSet(3, 0), createEngine())).toEqual(new Float32Array(3));
});
