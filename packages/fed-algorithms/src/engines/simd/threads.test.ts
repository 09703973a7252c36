import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { plainColumns } from '../plain-columns.js';
import { createThreads } from './threads.js';
import { createSimdColumns } from './simd-columns.js';
import { createSimdEngine } from './simd-engine.js';
import { aggregate } from '../../aggregate.js';

const COUNT = 10;
const LENGTH = 400_002;
const values = (k: number) =>
  Float32Array.from({ length: LENGTH }, (_, i) => ((i * 7919 + k * 104_729) % 10_007) - 5000);
const columns = Array.from({ length: COUNT }, (_, k) => values(k));

it('several threads and one thread compute the same bits, at any column address', async () => {
  const one = createSimdColumns({ threads: 1 });
  const three = createSimdColumns({ threads: 3 });
  const resident = three.reserve!(COUNT, LENGTH);
  resident.columns.forEach((column, k) => column.set(columns[k]!));
  expect(three.holds!(resident.columns)).toBe(true);
  expect(three.holds!(columns)).toBe(false);
  const expected = new Float32Array(LENGTH);
  await one.median(columns, expected);
  for (const vectors of [columns, resident.columns]) {
    const got = new Float32Array(LENGTH);
    await three.median(vectors, got);
    expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(expected.buffer))).toBe(0);
    const sums = new Float64Array(COUNT);
    await three.addSquaredNorms(vectors, columns[0]!, sums);
    const reference = new Float64Array(COUNT);
    await plainColumns.addSquaredNorms(columns, columns[0]!, reference);
    const onOne = new Float64Array(COUNT);
    await one.addSquaredNorms(vectors, columns[0]!, onOne);
    expect(sums).toEqual(onOne);
    sums.forEach((sum, k) => expect(Math.abs(sum - reference[k]!)).toBeLessThanOrEqual(1e-6 * reference[k]!));
  }
  resident.release();
});

it('the memory of a result that is recycled serves the next one, and no other does', async () => {
  const engine = createSimdEngine({ threads: 2 });
  const expected = await aggregate('median', columns, { engine });
  const first = engine.vector!(LENGTH);
  const second = engine.vector!(LENGTH);
  expect(second.byteOffset).not.toBe(first.byteOffset);
  expect(await aggregate('median', columns, { engine, out: first })).toBe(first);
  expect(Buffer.compare(Buffer.from(first), Buffer.from(expected))).toBe(0);
  engine.recycle!(first);
  const third = engine.vector!(LENGTH);
  expect(third.byteOffset).toBe(first.byteOffset);
  // Once more is not twice: `third` is in use.
  engine.recycle!(first);
  expect(engine.vector!(LENGTH).byteOffset).not.toBe(third.byteOffset);
  await expect(aggregate('median', columns, { engine, out: new Float32Array(3) })).rejects.toThrow(
    'out has 3',
  );
});

it('a result within a vector does not change adjacent values', async () => {
  const kernels = createSimdColumns({ threads: 1 });
  const vector = kernels.vector(96);
  for (let length = 1; length <= 33; length++)
    for (const kernel of [
      (parts: Float32Array[], out: Float32Array) => kernels.median(parts, out),
      (parts: Float32Array[], out: Float32Array) => kernels.weightedSum(parts, [1, 2, 3], out),
      (parts: Float32Array[], out: Float32Array) => kernels.meanAround(parts, parts[1]!, 2, out),
    ]) {
      vector.fill(0.5);
      const parts = columns.slice(0, 3).map((column) => column.subarray(0, length));
      await kernel(parts, vector.subarray(32, 32 + length));
      expect(vector.findIndex((value) => value !== 0.5)).toBe(32);
      expect(vector.findLastIndex((value) => value !== 0.5)).toBe(31 + length);
    }
});

it('a sum may be written over its first column', async () => {
  const kernels = createSimdColumns({ threads: 2 });
  const { columns: rows } = kernels.reserve!(3, LENGTH);
  rows.forEach((row, k) => row.set(columns[k]!));
  await kernels.weightedSum(rows, [1, 2, -1], rows[0]!);
  const expected = columns[0]!.map((value, i) => value + 2 * columns[1]![i]! - columns[2]![i]!);
  expect(Buffer.compare(Buffer.from(rows[0]!), Buffer.from(expected))).toBe(0);
});

it('concurrent calls each receive their own result', async () => {
  const kernels = createSimdColumns({ threads: 2 });
  const weights = columns.map(() => 0);
  const results = await Promise.all(
    columns.map(async (column, k) => {
      const out = new Float32Array(LENGTH);
      await kernels.weightedSum(columns, weights.with(k, 1), out);
      return out.every((value, i) => value === column[i]!);
    }),
  );
  expect(results).toEqual(columns.map(() => true));
});

it('a thread failure is reported, and the next call uses another thread', async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const run = createThreads(memory, 1);
  // The empty module: it exports no kernel.
  const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const call = { key: 'empty', module: empty, kernel: 'none', parameters: [[]] };
  await expect(run(call)).rejects.toMatchObject({ code: 'thread_ended' });
  await expect(run(call)).rejects.toMatchObject({ code: 'thread_ended' });
});

it('a process exits after all calls have finished', async () => {
  const module = new URL('../../index.js', import.meta.url).href;
  // The second call finds threads that are idle, and keeps one of them busy for a while.
  const script = `
    import { aggregate, createSimdEngine } from '${module}';
    const engine = createSimdEngine({ threads: 2 });
    const updates = Array.from({ length: 200 }, (_, k) => new Float32Array(5000).fill(k));
    await aggregate('median', updates, { engine });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const mean = await aggregate('trimmed-mean', updates, { engine });
    console.log(mean.length, mean[4999]);
  `;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 25_000,
  });
  expect((await run).stdout.trim()).toBe('5000 99.5');
});
