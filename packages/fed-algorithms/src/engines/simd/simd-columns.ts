import { availableParallelism } from 'node:os';
import type { ColumnKernels, Columns } from '../engine.js';
import { plainColumns } from '../plain-columns.js';
import { createArena, type Place } from './arena.js';
import { COLUMNS_BASE64 } from './kernel-binary.js';
import { encodeRankKernel, type RankRule } from './rank-kernel.js';
import { createLocalRunner, createThreads, type Call } from './threads.js';

/**
 * All columns of a block together: enough to be worth a message to a thread. It does not depend on the number of threads:
 * float sums depend on how they are cut, and are to be the same on every machine.
 */
const BLOCK_VALUES = 1_048_576;
/** Fewer than these are done on the calling thread. */
const LEAST_FOR_THREADS = 262_144;
/** More values than this by position: the network is larger than its use. */
const MOST_SORTED = 256;
const MOST_MODULES = 64;
const ZERO_TILE_VALUES = 1024;

/** Part of a block, in the arena: where it lies, and how many values of each column it has. */
interface Piece extends Place {
  readonly count: number;
  readonly values: number;
}

/** The kernels on f32x4 instructions, on `threads` threads; on one, it is the caller's. */
export function createSimdColumns({ threads = availableParallelism() } = {}): ColumnKernels {
  const arena = createArena();
  const runHere = createLocalRunner(arena.memory);
  const runThere = threads > 1 ? createThreads(arena.memory, threads) : runHere;
  const modules = new Map<string, WebAssembly.Module>();
  // One more than there are threads, so that none waits for its next one.
  const concurrency = threads > 1 ? threads + 1 : 1;

  function run(piece: Piece, key: string, kernel: string, encode: () => Uint8Array, parameters: number[]) {
    let module = modules.get(key);
    if (module === undefined) {
      if (modules.size >= MOST_MODULES) modules.clear();
      modules.set(key, (module = new WebAssembly.Module(encode())));
    }
    const call: Call = { key, module, kernel, parameters };
    return (piece.count * piece.values < LEAST_FOR_THREADS ? runHere : runThere)(call);
  }

  /** Rows that hold `vectors` from `start`: themselves if they lie in the arena, else copies. */
  function place(vectors: Columns, start: number, values: number) {
    const here = arena.locate(vectors);
    if (here !== undefined)
      return { address: here.address + start * 4, strideBytes: here.strideBytes, release: () => undefined };
    const rows = arena.reserve(vectors.length, values);
    vectors.forEach((vector, k) => rows.columns[k]!.set(vector.subarray(start, start + values)));
    return rows;
  }

  /** Cuts columns into pieces of a block's size and has several worked on at a time. */
  async function eachPiece(columns: Columns, work: (piece: Piece, start: number) => Promise<void>) {
    const count = columns.length;
    const length = columns[0]?.length ?? 0;
    const most = kernels.blockValues(count);
    let next = 0;
    const lane = async () => {
      while (next < length) {
        const start = next;
        next += most;
        const values = Math.min(most, length - start);
        const { address, strideBytes, release } = place(columns, start, values);
        try {
          await work({ address, strideBytes, count, values }, start);
        } finally {
          release();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, Math.ceil(length / most)) }, lane));
  }

  /** A kernel that gives one value for each position. */
  function intoVector(
    columns: Columns,
    out: Float32Array,
    kernel: (piece: Piece, outAddress: number, start: number) => Promise<void>,
  ): Promise<void> {
    return eachPiece(columns, async (piece, start) => {
      const target = out.subarray(start, start + piece.values);
      // Results come four at a time: the last ones may not reach beyond the caller's vector.
      const direct = piece.values % 4 === 0 ? arena.locate([target]) : undefined;
      if (direct !== undefined) return kernel(piece, direct.address, start);
      const row = arena.reserve(1, piece.values);
      try {
        await kernel(piece, row.address, start);
        target.set(row.columns[0]!);
      } finally {
        row.release();
      }
    });
  }

  /** A kernel that adds to float64 sums: those of the pieces are added in their order. */
  async function intoSums(
    columns: Columns,
    sums: Float64Array,
    kernel: (piece: Piece, sumsAddress: number, start: number) => Promise<void>,
  ): Promise<void> {
    const parts = new Map<number, Float64Array>();
    await eachPiece(columns, async (piece, start) => {
      const row = arena.reserve(1, 2 * sums.length);
      try {
        const part = new Float64Array(arena.memory.buffer, row.address, sums.length).fill(0);
        await kernel(piece, row.address, start);
        parts.set(start, part.slice());
      } finally {
        row.release();
      }
    });
    for (const start of [...parts.keys()].toSorted((a, b) => a - b))
      parts.get(start)!.forEach((value, at) => (sums[at]! += value));
  }

  function byRank(columns: Columns, center: Float32Array | null, rule: RankRule, out: Float32Array) {
    const key = `${columns.length} ${Object.values(rule).join(' ')}`;
    return intoVector(columns, out, async (piece, outAddress, start) => {
      const around = center === null ? undefined : place([center], start, piece.values);
      const end = outAddress + piece.values * 4;
      try {
        await run(piece, key, 'run', () => encodeRankKernel(piece.count, rule), [
          piece.address,
          piece.strideBytes,
          outAddress,
          end,
          around?.address ?? 0,
        ]);
      } finally {
        around?.release();
      }
    });
  }

  const runColumns = (piece: Piece, kernel: string, ...parameters: number[]) =>
    run(piece, 'columns', kernel, () => Buffer.from(COLUMNS_BASE64, 'base64'), [
      piece.address,
      piece.strideBytes,
      piece.count,
      piece.values,
      ...parameters,
    ]);

  const kernels: ColumnKernels = {
    concurrency,
    holds: (columns) => arena.locate(columns) !== undefined,
    reserve: (count, length) => arena.reserve(count, length),
    blockValues: (count) => Math.max(4, Math.floor(BLOCK_VALUES / count / 4) * 4),

    median(columns, out) {
      const count = columns.length;
      if (count > MOST_SORTED) return plainColumns.median(columns, out);
      return byRank(columns, null, { kind: 'ranks', from: (count - 1) >> 1, to: (count >> 1) + 1 }, out);
    },

    trimmedMean(columns, cut, out) {
      const count = columns.length;
      if (count > MOST_SORTED) return plainColumns.trimmedMean(columns, cut, out);
      return byRank(columns, null, { kind: 'ranks', from: cut, to: count - cut }, out);
    },

    meanAround(columns, center, keep, out) {
      if (columns.length > MOST_SORTED) return plainColumns.meanAround(columns, center, keep, out);
      return byRank(columns, center, { kind: 'around', keep, centered: center !== null }, out);
    },

    async addSquaredDistances(columns, sums) {
      const count = columns.length;
      const lower = new Float64Array(count * count);
      await intoSums(columns, lower, (piece, sumsAddress) =>
        runColumns(piece, 'squaredDistances', sumsAddress),
      );
      for (let i = 0; i < count; i++)
        for (let j = 0; j < i; j++) {
          sums[i * count + j]! += lower[i * count + j]!;
          sums[j * count + i]! += lower[i * count + j]!;
        }
    },

    addSquaredNorms(columns, center, sums) {
      return intoSums(columns, sums, async (piece, sumsAddress, start) => {
        const around =
          center === null
            ? place([new Float32Array(ZERO_TILE_VALUES)], 0, ZERO_TILE_VALUES)
            : place([center], start, piece.values);
        try {
          await runColumns(piece, 'squaredNorms', around.address, center === null ? 0 : 1, sumsAddress);
        } finally {
          around.release();
        }
      });
    },

    weightedSum(columns, weights, out) {
      return intoVector(columns, out, async (piece, outAddress) => {
        const row = arena.reserve(1, weights.length);
        row.columns[0]!.set(weights);
        try {
          await runColumns(piece, 'weightedSum', row.address, outAddress);
        } finally {
          row.release();
        }
      });
    },
  };
  return kernels;
}
