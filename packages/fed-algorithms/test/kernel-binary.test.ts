import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { allocateKernelMemory, instantiateKernel } from '../src/index.js';
import { embedKernels } from '../build-kernel.mjs';

it('the embedded kernel is what its source compiles to, byte for byte', async () => {
  const committed = await readFile(new URL('../src/engines/simd/kernel-binary.ts', import.meta.url), 'utf8');
  expect(await embedKernels()).toBe(committed);
});

it('works on vectors that already lie in its memory, at any address of a float32', () => {
  const memory = allocateKernelMemory(4096);
  const { accumulate, scale } = instantiateKernel(memory);
  const values = new Float32Array(memory.buffer);
  values.set([1, 2, 3, 4, 5, 6, 7], 1);
  values.set([10, 20, 30, 40, 50, 60, 70], 101);
  accumulate(4, 404, 6, 0.5);
  scale(4, 6, 2);
  expect([...values.subarray(0, 9)]).toEqual([0, 12, 24, 36, 48, 60, 72, 7, 0]);
});
