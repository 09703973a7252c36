import { MOST_PAGES } from './kernel.js';
import { selectionNetwork } from './sorting-network.js';
import { advance, encodeModule, I32, op, V128, type Code } from './wasm-encoder.js';

/** What is made of the values of one position, once they are sorted. */
export type RankRule =
  /** The mean of the ranks [from, to). */
  | { readonly kind: 'ranks'; readonly from: number; readonly to: number }
  /** The mean of the `keep` values nearest to the center's value, or to the median. */
  | { readonly kind: 'around'; readonly keep: number; readonly centered: boolean };

/** Parameters of `run`, in bytes: where column 0, the result and the center begin, where the result ends. */
const SOURCE = 0;
const STRIDE = 1;
const OUT = 2;
const END = 3;
const CENTER = 4;
const COLUMN = 5;
const MEAN = 6;
const FIRST_VALUE = 7;

const STEP_BYTES = 16;

/**
 * The rule for `count` columns, four positions at a time: the values are held in registers while a network of minima and
 * maxima, written out for this count, sorts them.
 */
export function encodeRankKernel(count: number, rule: RankRule): Uint8Array {
  const value = (k: number) => FIRST_VALUE + k;
  const beyond = (s: number) => FIRST_VALUE + count + s;
  const load = Array.from({ length: count }, (_, k) => [
    op.get(COLUMN),
    op.v128Load(),
    op.set(value(k)),
    op.get(COLUMN),
    op.get(STRIDE),
    op.i32Add,
    op.set(COLUMN),
  ]);
  const code = [
    op.loop,
    op.get(SOURCE),
    op.set(COLUMN),
    load,
    sort(count, rule, value),
    op.get(OUT),
    rule.kind === 'ranks' ? meanOfRanks(rule.from, rule.to, value) : meanAround(count, rule, value, beyond),
    // A zero of either sign becomes the positive one, whatever the order of the updates.
    op.f32x4Const(0),
    op.f32x4Add,
    op.v128Store(),
    advance(SOURCE, STEP_BYTES),
    advance(CENTER, STEP_BYTES),
    advance(OUT, STEP_BYTES),
    op.get(OUT),
    op.get(END),
    op.i32LessUnsigned,
    op.brIf,
    op.end,
  ];
  const vectors = 1 + count + (rule.kind === 'around' ? count - rule.keep : 0);
  return encodeModule({
    parameters: 5,
    locals: [
      [1, I32],
      [vectors, V128],
    ],
    code,
    mostPages: MOST_PAGES,
  });
}

type Local = (k: number) => number;

/** One instruction each: pmin and pmax, unlike min and max, do not ask about NaN and the sign of zero. */
function sort(count: number, rule: RankRule, value: Local): Code {
  const [from, to] = rule.kind === 'ranks' ? [rule.from, rule.to] : [0, count];
  const ordered = rule.kind === 'around' || to - from === 2;
  return selectionNetwork(count, from, to, ordered).map(({ low, high, keeps }) => {
    const smaller = [op.get(value(low)), op.get(value(high)), op.f32x4Pmin];
    const larger = [op.get(value(high)), op.get(value(low)), op.f32x4Pmax];
    if (keeps === 'low') return [smaller, op.set(value(low))];
    if (keeps === 'high') return [larger, op.set(value(high))];
    return [smaller, larger, op.set(value(high)), op.set(value(low))];
  });
}

/** As first + Σ (value − first) / n: the rounding is of the values' spread, and nothing overflows that need not. */
function meanOfRanks(from: number, to: number, value: Local): Code {
  if (to - from === 1) return op.get(value(from));
  if (to - from === 2) return middle(from, value);
  const differences = Array.from({ length: to - from - 1 }, (_, i) => [
    op.get(value(from + 1 + i)),
    op.get(value(from)),
    op.f32x4Sub,
    i > 0 ? op.f32x4Add : [],
  ]);
  return [differences, op.f32x4Const(to - from), op.f32x4Div, op.get(value(from)), op.f32x4Add];
}

/** The mean of two values: halved first, as their sum may be out of range, and kept between them, as halves may be rounded. */
function middle(from: number, value: Local): Code {
  const half = (k: number) => [op.get(value(k)), op.f32x4Const(0.5), op.f32x4Mul];
  return [
    half(from),
    half(from + 1),
    op.f32x4Add,
    op.get(value(from)),
    op.f32x4Pmax,
    op.get(value(from + 1)),
    op.f32x4Pmin,
  ];
}

/**
 * Of sorted values the `keep` nearest to m are adjacent. Mask s is set if they begin after position s: value
 * s + keep is nearer than value s. So value k is one of them if mask k − keep holds and mask k does not.
 */
function meanAround(
  count: number,
  { keep, centered }: Extract<RankRule, { kind: 'around' }>,
  value: Local,
  beyond: Local,
): Code {
  const mean = centered
    ? [op.get(CENTER), op.v128Load()]
    : meanOfRanks((count - 1) >> 1, (count >> 1) + 1, value);
  const masks = Array.from({ length: count - keep }, (_, s) => [
    op.get(value(s + keep)),
    op.get(MEAN),
    op.f32x4Sub,
    op.get(MEAN),
    op.get(value(s)),
    op.f32x4Sub,
    op.f32x4LessThan,
    op.set(beyond(s)),
  ]);
  const kept = Array.from({ length: count }, (_, k) => [
    op.get(value(k)),
    op.get(MEAN),
    op.f32x4Sub,
    k < count - keep ? [op.get(beyond(k)), op.v128AndNot] : [],
    k >= keep ? [op.get(beyond(k - keep)), op.v128And] : [],
    k > 0 ? op.f32x4Add : [],
  ]);
  return [mean, op.set(MEAN), masks, kept, op.f32x4Const(keep), op.f32x4Div, op.get(MEAN), op.f32x4Add];
}
