import { allocateKernelMemory, instantiateKernel, simdRuns } from './engines/simd/kernel.js';

/** What is looked at in one piece stays in the core's cache. */
const PIECE_VALUES = 16_384;

let look: ((values: Float32Array) => boolean) | undefined;

/** Position of the first value that is NaN or infinite; −1 if there is none. */
export function nonFiniteIn(values: Float32Array): number {
  look ??= simdRuns() ? createLook() : (all) => all.some((value) => !Number.isFinite(value));
  for (let start = 0; start < values.length; start += PIECE_VALUES) {
    const piece = values.subarray(start, start + PIECE_VALUES);
    if (look(piece)) return start + piece.findIndex((value) => !Number.isFinite(value));
  }
  return -1;
}

/** Copying a piece into the kernel's memory takes less time than looking at each value from JavaScript. */
function createLook(): (values: Float32Array) => boolean {
  const memory = allocateKernelMemory(PIECE_VALUES * Float32Array.BYTES_PER_ELEMENT);
  const { anyNonFinite } = instantiateKernel(memory);
  const piece = new Float32Array(memory.buffer, 0, PIECE_VALUES);
  return (values) => {
    piece.set(values);
    return anyNonFinite(0, values.length) === 1;
  };
}
