import type { Partition, Range } from '@synergos/fed-algorithms';
import { eachBlock } from './blocks.js';
import type { StagedUpdate } from './staged-update.js';

/** Squared norms of an update, with the same bits on every machine and engine. */
export interface SquaredNorms {
  readonly trained: number;
  /** Of running statistics and counters. */
  readonly untrained: number;
}

export async function squaredNorms(
  update: StagedUpdate,
  partition: Partition | undefined,
): Promise<SquaredNorms> {
  const whole = [{ offset: 0, size: update.size }];
  let [trained, untrained] = [0, 0];
  await eachBlock(update, (block, start) => {
    trained += sumWithin(partition?.trained.ranges ?? whole, block, start);
    untrained += sumWithin(partition?.untrained.ranges ?? [], block, start);
  });
  return { trained, untrained };
}

function sumWithin(ranges: readonly Range[], block: Float32Array, start: number): number {
  let sum = 0;
  for (const { offset, size } of ranges) {
    const from = Math.max(offset - start, 0);
    const to = Math.min(offset + size - start, block.length);
    if (from < to) sum += sumOfSquares(block, from, to);
  }
  return sum;
}

/** Four independent sums: as fast as reading the memory. */
function sumOfSquares(values: Float32Array, from: number, to: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const [p, q, r, s] = [values[i]!, values[i + 1]!, values[i + 2]!, values[i + 3]!];
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i < to; i++) a += values[i]! * values[i]!;
  return a + b + (c + d);
}
