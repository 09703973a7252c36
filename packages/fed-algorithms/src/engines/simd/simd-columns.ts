import { availableParallelism } from 'node:os';
import { AlgorithmsError } from '../../errors.js';
import { checkCut, checkKeep } from '../check-counts.js';
import type { ColumnKernels, Columns, Engine } from '../engine.js';
import { plainColumns } from '../plain-columns.js';
import { createArena, type Place } from './arena.js';
import { byRank, compiled, writtenOut, type Piece, type Program } from './column-programs.js';
import { STEP_VALUES } from './kernel.js';
import { createLocalRunner, createThreads } from './threads.js';

/**
 * All columns of a block together: enough to be worth a message to a thread. It does not depend on the number of threads:
 * float sums depend on how they are cut, and are to be the same on every machine.
 */
const BLOCK_VALUES = 1_048_576;
/** Pieces of columns in the arena that threads share out among themselves. */
const MOST_TOGETHER = 64;
/** Fewer than these are done on the calling thread. */
const LEAST_FOR_THREADS = 262_144;
/** More values than this by position: the network is larger than its use. */
const MOST_SORTED = 256;
/** Up to this number of columns, a dedicated unrolled kernel sums faster. */
const MOST_WRITTEN_OUT = 64;
const MOST_MODULES = 64;
const ZERO_TILE_VALUES = 1024;

/** A place of the arena for part of a vector, and what to do when it is done with. */
interface Spot {
  readonly address: number;
  /** Brings what was written there to where it belongs. */
  keep(): void;
  release(): void;
}

const nothing = () => undefined;

/** The kernels on f32x4 instructions, on `threads` threads; on one, it is the caller's. */
export function createSimdColumns({ threads = availableParallelism() } = {}): ColumnKernels &
  Required<Pick<Engine, 'vector' | 'recycle'>> {
  const arena = createArena();
  const runHere = createLocalRunner(arena.memory);
  const runThere = threads > 1 ? createThreads(arena.memory, threads) : runHere;
  const modules = new Map<string, WebAssembly.Module>();
  const vectors = new WeakMap<Float32Array, () => void>();
  // One more than there are threads, so that none waits for its next one.
  const concurrency = threads > 1 ? threads + 1 : 1;

  function moduleOf({ key, encode }: Program): WebAssembly.Module {
    let module = modules.get(key);
    if (module === undefined) {
      if (modules.size >= MOST_MODULES) modules.clear();
      modules.set(key, (module = new WebAssembly.Module(encode())));
    }
    return module;
  }

  /** Runs a kernel on pieces, around those of a center if there is one. */
  async function run(
    program: Program,
    pieces: readonly Piece[],
    centerOf: ((piece: Piece) => Spot) | null,
    targetOf: (piece: Piece) => Spot,
  ): Promise<void> {
    const spots: Spot[] = [];
    const addressOf = (spot: Spot) => {
      spots.push(spot);
      return spot.address;
    };
    try {
      const parameters = pieces.map((piece) => {
        const around = centerOf === null ? 0 : addressOf(centerOf(piece));
        return program.parameters(piece, addressOf(targetOf(piece)), around);
      });
      const work = pieces.reduce((sum, { count, values }) => sum + count * values, 0);
      const runCalls = work < LEAST_FOR_THREADS ? runHere : runThere;
      await runCalls({ key: program.key, module: moduleOf(program), kernel: program.kernel, parameters });
      for (const spot of spots) spot.keep();
    } finally {
      for (const spot of spots) spot.release();
    }
  }

  /** Where a vector's values of a piece lie: in the vector if that is in the arena, else in a copy. */
  function copiesIn(vector: Float32Array): (piece: Piece) => Spot {
    const here = arena.locate([vector]);
    return ({ start, values }) => {
      if (here !== undefined) return { address: here.address + start * 4, keep: nothing, release: nothing };
      const row = arena.reserve(1, values);
      row.columns[0]!.set(vector.subarray(start, start + values));
      return { address: row.address, keep: nothing, release: row.release };
    };
  }

  /** Where a vector's values of a piece are to be written. */
  function copiesOut(vector: Float32Array): (piece: Piece) => Spot {
    const here = arena.locate([vector]);
    return ({ start, values }) => {
      // Results come in whole steps: the last one may not reach beyond the caller's vector.
      if (here !== undefined && values % STEP_VALUES === 0)
        return { address: here.address + start * 4, keep: nothing, release: nothing };
      const row = arena.reserve(1, values);
      const keep = () => vector.set(row.columns[0]!, start);
      return { address: row.address, keep, release: row.release };
    };
  }

  /** Cuts columns into pieces: those in the arena are worked on many at a time, others as they are copied in. */
  async function eachBatch(columns: Columns, work: (pieces: readonly Piece[]) => Promise<void>) {
    const count = columns.length;
    const length = columns[0]?.length ?? 0;
    const most = kernels.blockValues(count);
    const here = arena.locate(columns);
    if (here !== undefined) {
      const pieces = Array.from({ length: Math.ceil(length / most) }, (_, at): Piece => {
        const start = at * most;
        const values = Math.min(most, length - start);
        return { address: here.address + start * 4, strideBytes: here.strideBytes, start, count, values };
      });
      for (let at = 0; at < pieces.length; at += MOST_TOGETHER)
        await work(pieces.slice(at, at + MOST_TOGETHER));
      return;
    }
    let next = 0;
    const lane = async () => {
      while (next < length) {
        const start = next;
        next += most;
        const values = Math.min(most, length - start);
        const rows = arena.reserve(count, values);
        try {
          columns.forEach((column, k) => rows.columns[k]!.set(column.subarray(start, start + values)));
          await work([{ address: rows.address, strideBytes: rows.strideBytes, start, count, values }]);
        } finally {
          rows.release();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, Math.ceil(length / most)) }, lane));
  }

  /** A kernel that gives one value for each position. */
  function intoVector(columns: Columns, out: Float32Array, center: Float32Array | null, program: Program) {
    const centerOf = center && copiesIn(center);
    const targetOf = copiesOut(out);
    return eachBatch(columns, (pieces) => run(program, pieces, centerOf, targetOf));
  }

  /** A kernel that adds to float64 sums: those of the pieces are added in their order. */
  async function intoSums(
    columns: Columns,
    sums: Float64Array,
    center: Float32Array | null,
    program: Program,
  ): Promise<void> {
    const parts = new Map<number, Float64Array>();
    const target = ({ start }: Piece): Spot => {
      const { address, release } = arena.reserve(1, 2 * sums.length);
      const part = new Float64Array(arena.memory.buffer, address, sums.length).fill(0);
      return { address, keep: () => void parts.set(start, part.slice()), release };
    };
    const centerOf = center && copiesIn(center);
    await eachBatch(columns, (pieces) => run(program, pieces, centerOf, target));
    for (const start of [...parts.keys()].toSorted((a, b) => a - b))
      parts.get(start)!.forEach((value, at) => (sums[at]! += value));
  }

  let zeroTile: Place | undefined;
  const zeros = () => {
    if (zeroTile !== undefined) return zeroTile.address;
    const row = arena.reserve(1, ZERO_TILE_VALUES);
    row.columns[0]!.fill(0);
    zeroTile = row;
    return row.address;
  };

  const kernels: ColumnKernels = {
    concurrency,
    holds: (columns) => arena.locate(columns) !== undefined,
    reserve: (count, length) => arena.reserve(count, length),
    blockValues: (count) => Math.max(1, Math.floor(BLOCK_VALUES / count / STEP_VALUES)) * STEP_VALUES,

    median(columns, out) {
      const count = columns.length;
      if (count > MOST_SORTED) return plainColumns.median(columns, out);
      const rule = { kind: 'ranks', from: (count - 1) >> 1, to: (count >> 1) + 1 } as const;
      return intoVector(columns, out, null, byRank(count, rule));
    },

    trimmedMean(columns, cut, out) {
      const count = columns.length;
      checkCut(cut, count);
      if (count > MOST_SORTED) return plainColumns.trimmedMean(columns, cut, out);
      return intoVector(columns, out, null, byRank(count, { kind: 'ranks', from: cut, to: count - cut }));
    },

    meanAround(columns, center, keep, out) {
      const count = columns.length;
      checkKeep(keep, count);
      if (count > MOST_SORTED) return plainColumns.meanAround(columns, center, keep, out);
      const rule = { kind: 'around', keep, centered: center !== null } as const;
      return intoVector(columns, out, center, byRank(count, rule));
    },

    async addSquaredDistances(columns, matrix) {
      const count = columns.length;
      const lower = new Float64Array(count * count);
      const kernel = compiled('squaredDistances', ({ address, strideBytes, values }, target) => [
        address,
        strideBytes,
        count,
        values,
        target,
      ]);
      await intoSums(columns, lower, null, kernel);
      for (let i = 0; i < count; i++)
        for (let j = 0; j < i; j++) {
          matrix[i * count + j]! += lower[i * count + j]!;
          matrix[j * count + i]! += lower[i * count + j]!;
        }
    },

    addSquaredNorms(columns, center, norms) {
      const kernel = compiled('squaredNorms', ({ address, strideBytes, count, values }, target, around) => [
        address,
        strideBytes,
        count,
        values,
        ...(center === null ? [zeros(), 0] : [around, 1]),
        target,
      ]);
      return intoSums(columns, norms, center, kernel);
    },

    async weightedSum(columns, weights, out) {
      const row = arena.reserve(1, weights.length);
      row.columns[0]!.set(weights);
      const parameters: Program['parameters'] = ({ address, strideBytes, count, values }, target) => [
        address,
        strideBytes,
        target,
        target + values * 4,
        row.address,
        count,
      ];
      const kernel =
        columns.length > MOST_WRITTEN_OUT
          ? compiled('weightedSum', parameters)
          : writtenOut(weights, parameters);
      try {
        await intoVector(columns, out, null, kernel);
      } finally {
        row.release();
      }
    },
  };

  return {
    ...kernels,
    vector(size) {
      const row = reserveOrNot(size);
      if (row === undefined) return new Float32Array(size);
      vectors.set(row.columns[0]!, row.release);
      return row.columns[0]!;
    },
    recycle(vector) {
      vectors.get(vector)?.();
    },
  };

  /** Undefined where the arena is full. */
  function reserveOrNot(size: number) {
    try {
      return arena.reserve(1, size);
    } catch (error) {
      if (error instanceof AlgorithmsError && error.code === 'too_large') return undefined;
      throw error;
    }
  }
}
