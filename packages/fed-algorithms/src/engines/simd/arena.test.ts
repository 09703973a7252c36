import { expect, it } from 'vitest';
import { createArena } from './arena.js';

it('gives memory that was given back again, once', () => {
  const arena = createArena();
  const first = arena.reserve(2, 1000);
  first.release();
  first.release();
  const second = arena.reserve(2, 1000);
  const third = arena.reserve(2, 1000);
  expect(second.address).toBe(first.address);
  expect(third.address).not.toBe(second.address);
});

it('locates what lies in it at even distances, also after it grew', () => {
  const arena = createArena();
  const { columns, address, strideBytes } = arena.reserve(3, 100);
  arena.reserve(4, 100_000);
  expect(arena.locate(columns)).toEqual({ address, strideBytes });
  const parts = columns.map((column) => column.subarray(8, 50));
  expect(arena.locate(parts)).toEqual({ address: address + 32, strideBytes });
  expect(arena.locate([columns[0]!, columns[2]!, columns[1]!])).toBeUndefined();
  expect(arena.locate([new Float32Array(100)])).toBeUndefined();
  expect(arena.locate([columns[0]!, new Float32Array(100)])).toBeUndefined();
});

it('refuses more than one WebAssembly memory holds', () => {
  expect(() => createArena().reserve(2, 2 ** 30)).toThrow(/do not fit the 4 GiB/);
});
