import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { plainColumns } from '../engines/plain-columns.js';
import type { UpdateSet } from '../aggregator.js';
import { eachBlock, eachPart, subset } from './blocks.js';

const kernels = { ...plainColumns, blockValues: () => 4, concurrency: 3 };

/** Update k holds 100 k, 100 k + 1, … */
function updateSet(count: number, size: number): UpdateSet {
  return {
    count,
    size,
    weights: Array.from({ length: count }, (_, k) => k),
    read: async (index, start, target) => {
      await delay(1);
      target.forEach((_, i) => (target[i] = 100 * index + start + i));
    },
  };
}

it('keeps a block as it is until it was worked on, and hands results over in the order of the blocks', async () => {
  const results: number[][] = [];
  await eachBlock(
    updateSet(2, 38),
    kernels,
    async ({ columns, start }) => {
      // The later a block, the sooner it is done.
      await delay(40 - start);
      return [start, ...columns[1]!];
    },
    (result) => results.push(result),
  );
  const starts = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36];
  expect(results).toEqual(
    starts.map((start) => [start, ...[0, 1, 2, 3].slice(0, 38 - start).map((i) => 100 + start + i)]),
  );
});

it('reads nothing where the updates lie in memory that the engine works on', async () => {
  const vectors = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(6, 7, 8, 9, 10)];
  const read = () => Promise.reject(new Error('read'));
  const seen: number[][] = [];
  const held = { ...updateSet(2, 5), vectors, read };
  await eachBlock(held, kernels, ({ columns }) => void seen.push(columns.flatMap((column) => [...column])));
  expect(seen).toEqual([
    [1, 2, 3, 4, 6, 7, 8, 9],
    [5, 10],
  ]);
  await expect(eachBlock(held, { ...kernels, holds: () => false }, () => undefined)).rejects.toThrow('read');
});

it('leaves the cutting to an engine that finds the updates in its memory, and to no other', async () => {
  const vectors = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(6, 7, 8, 9, 10)];
  const lengths = async (holds?: () => boolean) => {
    const seen: number[] = [];
    const engine = holds === undefined ? kernels : { ...kernels, holds };
    await eachPart(
      { ...updateSet(2, 5), vectors },
      engine,
      ({ columns }) => void seen.push(columns[0]!.length),
    );
    return seen;
  };
  expect(await lengths(() => true)).toEqual([5]);
  expect(await lengths(() => false)).toEqual([4, 1]);
  expect(await lengths()).toEqual([4, 1]);
});

it('gives some of the updates in the order asked for', async () => {
  const some = subset(updateSet(4, 2), [3, 1]);
  expect([some.count, some.weights]).toEqual([2, [3, 1]]);
  const target = new Float32Array(2);
  await some.read(0, 0, target);
  expect([...target]).toEqual([300, 301]);
});
