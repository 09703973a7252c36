import { allocateKernelMemory, createSimdEngine, instantiateKernel } from '@synergos/fed-algorithms';

/** acc += weight · piece where both vectors already lie in WebAssembly memory, as C's lie in its own. */
export function createKernelPass(piece: Float32Array, weight: number) {
  const count = piece.length;
  const memory = allocateKernelMemory(2 * count * 4);
  const { accumulate: kernel } = instantiateKernel(memory);
  new Float32Array(memory.buffer, count * 4, count).set(piece);
  return {
    pass: () => kernel(0, count * 4, count, weight),
    last: () => new Float32Array(memory.buffer, 0, count).at(-1),
  };
}

/** The same on two threads. */
export function createTwoThreadPass(piece: Float32Array, weight: number) {
  const { columns } = createSimdEngine({ threads: 2 });
  const [sum, source] = columns.reserve!(2, piece.length).columns as [Float32Array, Float32Array];
  sum.fill(0);
  source.set(piece);
  return {
    pass: async () => columns.weightedSum([sum, source], [1, weight], sum),
    last: () => sum.at(-1),
  };
}
