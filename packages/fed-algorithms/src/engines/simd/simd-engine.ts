import { AlgorithmsError } from '../../errors.js';
import type { Accumulator, Engine } from '../engine.js';
import { KERNEL_BASE64 } from './kernel-binary.js';

/** Addresses are in bytes; fastest where vectors start at multiples of 16. */
export interface Kernel {
  readonly accumulate: (acc: number, source: number, count: number, weight: number) => void;
  readonly scale: (values: number, count: number, factor: number) => void;
}

const PAGE_BYTES = 65_536;
/** One page short of 4 GiB: no address past a vector's end may wrap to zero. */
const MOST_PAGES = 65_535;
/** Pieces from outside are folded through an area that stays in the core's cache. */
const STAGING_VALUES = 16_384;
const STAGING_BYTES = STAGING_VALUES * 4;

let compiled: WebAssembly.Module | undefined;

function module(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64')));
}

/** False where WebAssembly or its SIMD instructions are missing. */
export function simdRuns(): boolean {
  try {
    module();
    return true;
  } catch {
    return false;
  }
}

/** Memory that the kernel can work on; its buffer starts zeroed. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** Throws `AlgorithmsError` (`too_large`) above 4 GiB, the most that one WebAssembly memory holds. */
export function allocateKernelMemory(sizeBytes: number): KernelMemory {
  const pages = Math.ceil(sizeBytes / PAGE_BYTES);
  if (pages > MOST_PAGES)
    throw new AlgorithmsError(
      'too_large',
      `${sizeBytes} bytes do not fit the 4 GiB of one WebAssembly memory; use the engine 'plain'`,
    );
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** The kernel over memory of the caller's, made by `allocateKernelMemory`. */
export function instantiateKernel(memory: KernelMemory): Kernel {
  const { exports } = new WebAssembly.Instance(module(), { env: { memory } });
  return exports as unknown as Kernel;
}

/** Aggregation on f32x4 WebAssembly instructions, on one core. */
export const simdEngine: Engine = {
  name: 'simd',
  accumulator: createSimdAccumulator,
};

function createSimdAccumulator(size: number): Accumulator {
  const memory = allocateKernelMemory(STAGING_BYTES + size * 4);
  const kernel = instantiateKernel(memory);
  const staging = new Float32Array(memory.buffer, 0, STAGING_VALUES);
  return {
    add(piece, offset, weight) {
      if (offset < 0 || offset + piece.length > size)
        throw new RangeError(`a piece of ${piece.length} values at ${offset} leaves a vector of ${size}`);
      for (let start = 0; start < piece.length; start += STAGING_VALUES) {
        const part = piece.subarray(start, start + STAGING_VALUES);
        staging.set(part);
        kernel.accumulate(STAGING_BYTES + (offset + start) * 4, 0, part.length, weight);
      }
    },
    take(scale) {
      kernel.scale(STAGING_BYTES, size, scale);
      // Not copied: the memory is this accumulator's alone, and lives on with the result.
      return new Float32Array(memory.buffer, STAGING_BYTES, size);
    },
  };
}
