import { expect, it } from 'vitest';
import { createEngine } from '../engines/create-engine.js';
import type { Engine } from '../engines/engine.js';
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

it('passes every column to the rule once, with the weights', async () => {
  for (const name of ['plain', 'simd'] as const) {
    const size = 400_000;
    const result = await firstMinusSecond.aggregate(updateSet(size, 2), createEngine(name));
    expect(result.length).toBe(size);
    expect(result.findIndex((value, i) => value !== 8 * i)).toBe(-1);
  }
});

it('reads blocks of the size that the engine requests', async () => {
  const plain = createEngine('plain');
  const engine: Engine = { ...plain, columns: { ...plain.columns, blockValues: () => 1000 } };
  const lengths: number[] = [];
  const updates = updateSet(2500, 2, (length) => lengths.push(length));
  await firstMinusSecond.aggregate(updates, engine);
  expect(lengths).toEqual([1000, 1000, 1000, 1000, 500, 500]);
});

it('processes blocks in parallel up to the limit of the engine', async () => {
  const plain = createEngine('plain');
  const columns = { ...plain.columns, blockValues: () => 10, concurrency: 3 };
  let now = 0;
  let most = 0;
  const rule = createColumnwise(async (block, _weights, out) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    out.set(block[0]!);
    now--;
  });
  const result = await rule.aggregate(updateSet(95, 1), { ...plain, columns });
  expect(result).toEqual(Float32Array.from({ length: 95 }, (_, i) => 10 * i));
  expect(most).toBe(3);
});

it('reports the failure of a rule after the other blocks in progress have ended', async () => {
  const plain = createEngine('plain');
  const columns = { ...plain.columns, blockValues: () => 10, concurrency: 3 };
  const ended: number[] = [];
  let calls = 0;
  const rule = createColumnwise(async () => {
    const call = calls++;
    await new Promise((resolve) => setTimeout(resolve, call === 0 ? 1 : 10));
    ended.push(call);
    if (call === 0) throw new Error('cannot');
  });
  await expect(rule.aggregate(updateSet(30, 2), { ...plain, columns })).rejects.toThrow('cannot');
  expect(ended).toEqual([0, 1, 2]);
});

it('yields to the event loop during aggregation', async () => {
  const plain = createEngine('plain');
  const columns = { ...plain.columns, blockValues: () => 10 };
  const slow = createColumnwise(() => {
    for (const until = performance.now() + 3; performance.now() < until;);
  });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await slow.aggregate(updateSet(200, 2), { ...plain, columns });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});

it('returns zeros if there are no updates', async () => {
  expect(await firstMinusSecond.aggregate(updateSet(3, 0), createEngine())).toEqual(new Float32Array(3));
});
