import { setImmediate } from 'node:timers/promises';
import type { UpdateSet } from '../aggregator.js';
import type { ColumnKernels, Columns, Reserved } from '../engines/engine.js';

/** Longest time for reading and computing before other tasks of the event loop run. */
const TURN_MS = 10;

/** One block of all updates: `columns[k]` holds update k's values from `start`. */
export interface Block {
  readonly columns: Columns;
  readonly start: number;
}

/**
 * Works through the updates block by block, on as many blocks at a time as the engine asks for; no more than those are
 * held. `take` gets the results in the order of the blocks.
 */
export async function eachBlock<Result>(
  updates: UpdateSet,
  kernels: ColumnKernels,
  work: (block: Block) => Result | Promise<Result>,
  take: (result: Result) => void = () => undefined,
): Promise<void> {
  const { count, size } = updates;
  const length = Math.min(size, kernels.blockValues(count));
  const blocks = Math.ceil(size / length);
  const lanes = Math.min(kernels.concurrency ?? 1, blocks);
  const { columnsAt, release } = createSource(updates, kernels, length, lanes);
  const underWay: Promise<Result>[] = [];
  try {
    let turn = performance.now();
    for (let index = 0; index < blocks; index++) {
      if (underWay.length === lanes) take(await underWay.shift()!);
      const start = index * length;
      const columns = await columnsAt(start, Math.min(length, size - start), index % lanes);
      const result = (async () => work({ columns, start }))();
      // Seen when it is awaited, which may be later.
      result.catch(() => undefined);
      underWay.push(result);
      if (performance.now() - turn > TURN_MS) {
        await setImmediate();
        turn = performance.now();
      }
    }
    while (underWay.length > 0) take(await underWay.shift()!);
  } finally {
    await Promise.allSettled(underWay);
    release();
  }
}

/** As `eachBlock`; where the engine finds the updates in its own memory they are one block, which it cuts itself. */
export async function eachPart<Result>(
  updates: UpdateSet,
  kernels: ColumnKernels,
  work: (block: Block) => Result | Promise<Result>,
  take: (result: Result) => void = () => undefined,
): Promise<void> {
  const { vectors } = updates;
  if (vectors === undefined || kernels.holds?.(vectors) !== true)
    return eachBlock(updates, kernels, work, take);
  take(await work({ columns: vectors, start: 0 }));
}

/** Some of the updates, in the order given. */
export function subset(updates: UpdateSet, indices: readonly number[]): UpdateSet {
  return {
    count: indices.length,
    size: updates.size,
    weights: indices.map((index) => updates.weights[index] ?? 0),
    vectors: updates.vectors === undefined ? undefined : indices.map((index) => updates.vectors![index]!),
    out: updates.out,
    read: (place, start, target) => updates.read(indices[place]!, start, target),
  };
}

/** The updates' own memory where the engine works on that, else rows into which they are read. */
function createSource(updates: UpdateSet, kernels: ColumnKernels, length: number, lanes: number) {
  const { vectors, count } = updates;
  if (vectors !== undefined && (kernels.holds?.(vectors) ?? true))
    return {
      columnsAt: (start: number, values: number): Columns =>
        vectors.map((vector) => vector.subarray(start, start + values)),
      release: () => undefined,
    };
  const rows = Array.from({ length: lanes }, () => reserve(kernels, count, length));
  return {
    columnsAt: async (start: number, values: number, lane: number): Promise<Columns> => {
      const columns = rows[lane]!.columns.map((column) => column.subarray(0, values));
      await Promise.all(columns.map((column, k) => updates.read(k, start, column)));
      return columns;
    },
    release: () => rows.forEach((each) => each.release()),
  };
}

function reserve(kernels: ColumnKernels, count: number, length: number): Reserved {
  return (
    kernels.reserve?.(count, length) ?? {
      columns: Array.from({ length: count }, () => new Float32Array(length)),
      release: () => undefined,
    }
  );
}
