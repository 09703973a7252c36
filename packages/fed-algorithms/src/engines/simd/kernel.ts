import { AlgorithmsError } from '../../errors.js';
import { KERNEL_BASE64 } from './kernel-binary.js';

/** Addresses are in bytes; fastest where vectors start at multiples of 16. */
export interface Kernel {
  readonly accumulate: (acc: number, source: number, count: number, weight: number) => void;
  readonly scale: (values: number, count: number, factor: number) => void;
  /** 1 if there is NaN or an infinity among them. */
  readonly anyNonFinite: (values: number, count: number) => 0 | 1;
}

/** Kernels over columns read and write whole steps: up to 15 values beyond a vector's end. */
export const STEP_VALUES = 16;

export const PAGE_BYTES = 65_536;
/** One page short of 4 GiB: no address past a vector's end may wrap to zero. */
export const MOST_PAGES = 65_535;

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
  const pages = pagesFor(sizeBytes);
  if (pages > MOST_PAGES)
    throw new AlgorithmsError(
      'too_large',
      `${sizeBytes} bytes do not fit the 4 GiB of one WebAssembly memory`,
    );
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

export function pagesFor(sizeBytes: number): number {
  return Math.ceil(sizeBytes / PAGE_BYTES);
}

/** The kernel over memory of the caller's, made by `allocateKernelMemory`. */
export function instantiateKernel(memory: KernelMemory): Kernel {
  const { exports } = new WebAssembly.Instance(module(), { env: { memory } });
  return exports as unknown as Kernel;
}
