import { MOST_PAGES, STEP_VALUES } from './kernel.js';
import { advance, encodeModule, I32, op, V128, type Code } from './wasm-encoder.js';

/** Parameters of `run`, as of `weightedSum` in kernel/columns.ts. */
const SOURCE = 0;
const STRIDE = 1;
const OUT = 2;
const END = 3;
const WEIGHTS = 4;
const COLUMN = 6;
const FIRST_SUM = 7;

/** Vectors of four values that are summed side by side: of many columns fewer, for their weights are to stay in registers. */
const sumsOf = (count: number) => (count < 4 ? STEP_VALUES / 4 : STEP_VALUES / 8);

/**
 * out = Σ weights[k] · column k, written out for `count` columns. With `adds` column 0 is not multiplied: its weight is 1,
 * as where others are added to it.
 */
export function encodeSumKernel(count: number, { adds }: { readonly adds: boolean }): Uint8Array {
  const sums = sumsOf(count);
  const sum = (i: number) => FIRST_SUM + i;
  const weight = (k: number) => FIRST_SUM + sums + k;
  const each = (length: number, item: (k: number) => Code) => Array.from({ length }, (_, k) => item(k));
  const code = [
    each(count, (k) => [op.get(WEIGHTS), op.v128Load32Splat(4 * k), op.set(weight(k))]),
    op.loop,
    op.get(SOURCE),
    op.set(COLUMN),
    each(count, (k) => [
      each(sums, (i) => [
        k > 0 ? op.get(sum(i)) : [],
        op.get(COLUMN),
        op.v128Load(16 * i),
        adds && k === 0 ? [] : [op.get(weight(k)), op.f32x4Mul],
        k > 0 ? op.f32x4Add : [],
        op.set(sum(i)),
      ]),
      [op.get(COLUMN), op.get(STRIDE), op.i32Add, op.set(COLUMN)],
    ]),
    each(sums, (i) => [op.get(OUT), op.get(sum(i)), op.v128Store(16 * i)]),
    advance(SOURCE, sums * 16),
    advance(OUT, sums * 16),
    op.get(OUT),
    op.get(END),
    op.i32LessUnsigned,
    op.brIf,
    op.end,
  ];
  return encodeModule({
    parameters: 6,
    locals: [
      [1, I32],
      [sums + count, V128],
    ],
    code,
    mostPages: MOST_PAGES,
  });
}
