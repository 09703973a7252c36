import type { Place } from './arena.js';
import { COLUMNS_BASE64 } from './kernel-binary.js';
import { encodeRankKernel, type RankRule } from './rank-kernel.js';
import { encodeSumKernel } from './sum-kernel.js';

/** Part of the columns in the arena: its address, and the number of values of each column. */
export interface Piece extends Place {
  readonly start: number;
  readonly count: number;
  readonly values: number;
}

/** A WebAssembly function on pieces of columns. */
export interface Program {
  /** Identifies the module. */
  readonly key: string;
  readonly encode: () => Uint8Array;
  readonly kernel: string;
  /** `target`: address of a piece's result; `center`: address of the center's values of the piece, 0 if there is none. */
  readonly parameters: (piece: Piece, target: number, center: number) => number[];
}

/** A compiled kernel, which adds to sums in float64. */
export const compiled = (kernel: string, parameters: Program['parameters']): Program => ({
  key: 'columns',
  kernel,
  encode: () => Buffer.from(COLUMNS_BASE64, 'base64'),
  parameters,
});

/** A sum of this number of columns, written out without a loop over them. */
export const writtenOut = (weights: readonly number[], parameters: Program['parameters']): Program => {
  const adds = weights[0] === 1;
  return {
    key: `${weights.length} ${adds ? 'added' : 'summed'}`,
    kernel: 'run',
    encode: () => encodeSumKernel(weights.length, { adds }),
    parameters,
  };
};

/** A rule on the sorted values of each position. */
export const byRank = (count: number, rule: RankRule): Program => ({
  key: `${count} ${Object.values(rule).join(' ')}`,
  kernel: 'run',
  encode: () => encodeRankKernel(count, rule),
  parameters: ({ address, strideBytes, values }, out, center) => [
    address,
    strideBytes,
    out,
    out + values * 4,
    center,
  ],
});
