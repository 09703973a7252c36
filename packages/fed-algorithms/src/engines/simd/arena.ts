import { AlgorithmsError } from '../../errors.js';
import type { Columns, Reserved } from '../engine.js';
import { MOST_PAGES, PAGE_BYTES, STEP_VALUES } from './kernel.js';

const LINE_BYTES = 64;
const LEAST_BYTES = 65_536;

/** Where vectors lie in the arena: vector k at address + k · strideBytes. */
export interface Place {
  readonly address: number;
  readonly strideBytes: number;
}

export interface ReservedRows extends Reserved, Place {}

/** One WebAssembly memory, shared with threads, in which rows of float32 are taken and given back. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /** Rows of undefined values; the rest of a kernel's last step may be overwritten, too. Throws `AlgorithmsError` (`too_large`) above 4 GiB in all. */
  reserve(count: number, length: number): ReservedRows;
  /** Undefined where the vectors lie elsewhere, or at uneven distances. */
  locate(vectors: Columns): Place | undefined;
}

export function createArena(): Arena {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  // Growing makes a new buffer object over the same memory; views of the older ones stay good.
  const buffers = new WeakSet<ArrayBufferLike>([memory.buffer]);
  const free = new Map<number, number[]>();
  let used = 0;

  function take(sizeBytes: number): number {
    const reused = free.get(sizeBytes)?.pop();
    if (reused !== undefined) return reused;
    const missing = Math.ceil((used + sizeBytes - memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) {
      if (memory.buffer.byteLength / PAGE_BYTES + missing > MOST_PAGES)
        throw new AlgorithmsError(
          'too_large',
          `${sizeBytes} bytes more do not fit the 4 GiB of one WebAssembly memory`,
        );
      memory.grow(missing);
      buffers.add(memory.buffer);
    }
    used += sizeBytes;
    return used - sizeBytes;
  }

  return {
    memory,
    reserve(count, length) {
      const strideBytes = rowBytes(length);
      // Few sizes, so that what is given back fits what is asked for next.
      const sizeBytes = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(count * strideBytes)));
      const address = take(sizeBytes);
      let held = true;
      return {
        address,
        strideBytes,
        columns: Array.from(
          { length: count },
          (_, k) => new Float32Array(memory.buffer, address + k * strideBytes, length),
        ),
        release() {
          if (held) free.set(sizeBytes, [...(free.get(sizeBytes) ?? []), address]);
          held = false;
        },
      };
    },
    locate(vectors) {
      const [first, second] = vectors;
      if (first === undefined || !buffers.has(first.buffer)) return undefined;
      const address = first.byteOffset;
      const strideBytes = second === undefined ? rowBytes(first.length) : second.byteOffset - address;
      const even = vectors.every(
        (vector, k) => buffers.has(vector.buffer) && vector.byteOffset === address + k * strideBytes,
      );
      return even && strideBytes > 0 ? { address, strideBytes } : undefined;
    },
  };
}

/** An odd number of cache lines, so that rows do not all fall on the same lines of the cache; a kernel's last step has room. */
function rowBytes(length: number): number {
  return (Math.ceil(((length + STEP_VALUES - 1) * 4) / LINE_BYTES) | 1) * LINE_BYTES;
}
