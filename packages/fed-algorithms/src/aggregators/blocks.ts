import { setImmediate } from 'node:timers/promises';
import type { UpdateSet } from '../aggregator.js';
import type { ColumnKernels, Columns, Reserved } from '../engines/engine.js';

/** Longest that reading and working go on before others have their turn. */
const TURN_MS = 10;

/** One block of all updates: `columns[k]` holds update k's values from `start`; `spare` is a further column, free to use. */
export interface Block {
  readonly columns: Columns;
  readonly spare: Float32Array;
  /** The columns and the spare one: they lie side by side. */
  readonly withSpare: Columns;
  readonly start: number;
}

/**
 * Reads the updates block by block and works on as many blocks at a time as the engine asks for; no more than those are
 * held. `take` gets the results in the order of the blocks.
 */
export async function eachBlock<Result>(
  { count, size, read }: UpdateSet,
  kernels: ColumnKernels,
  work: (block: Block) => Result | Promise<Result>,
  take: (result: Result) => void = () => undefined,
): Promise<void> {
  const length = Math.min(size, kernels.blockValues(count + 1));
  const lanes = Array.from({ length: Math.min(kernels.concurrency ?? 1, Math.ceil(size / length)) }, () =>
    reserve(kernels, count + 1, length),
  );
  const underWay: (Promise<Result> | undefined)[] = [];
  try {
    let turn = performance.now();
    for (let start = 0, index = 0; start < size; start += length, index++) {
      const lane = index % lanes.length;
      const before = underWay[lane];
      if (before !== undefined) take(await before);
      const values = Math.min(length, size - start);
      const withSpare = lanes[lane]!.columns.map((column) => column.subarray(0, values));
      const columns = withSpare.slice(0, count);
      await Promise.all(columns.map((column, k) => read(k, start, column)));
      const result = (async () => work({ columns, spare: withSpare[count]!, withSpare, start }))();
      // Seen when it is awaited, which may be later.
      result.catch(() => undefined);
      underWay[lane] = result;
      if (performance.now() - turn > TURN_MS) {
        await setImmediate();
        turn = performance.now();
      }
    }
    const blocks = Math.ceil(size / length);
    for (let index = blocks; index < blocks + lanes.length; index++)
      take(await underWay[index % lanes.length]!);
  } finally {
    await Promise.allSettled(underWay.filter((result) => result !== undefined));
    for (const lane of lanes) lane.release();
  }
}

/** Some of the updates, in the order given. */
export function subset(updates: UpdateSet, indices: readonly number[]): UpdateSet {
  return {
    count: indices.length,
    size: updates.size,
    weights: indices.map((index) => updates.weights[index] ?? 0),
    read: (place, start, target) => updates.read(indices[place]!, start, target),
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
