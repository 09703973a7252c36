import { createEngine } from '@synergos/fed-algorithms';
import { createKernelPass } from '../aggregate/kernel-pass.js';
import type { Benchmark } from '../benchmark.js';
import { startNative } from '../native-program.js';
import { summarise, time } from '../timing.js';

const COUNT = 25_000_000;
const BYTES = COUNT * 4;
/** Each value of the sum is read and written, each of the piece read. */
const GIGABYTES_MOVED = (3 * BYTES) / 1e9;
const WARM_UP = 3;
const PASSES = 25;
const WEIGHT = 0.5;
const FLAGS = ['-O3'];

/** The `simd` engine's weighted accumulate compared with the same loop in C. */
export const accumulate: Benchmark = {
  name: 'accumulate',
  summary:
    'acc += w·piece on 25M float32: C, the WebAssembly kernel, and add() with its copy into WebAssembly',
  async run(print) {
    await using native = await startNative({
      source: 'accumulate.c',
      flags: FLAGS,
      args: [`${COUNT}`, `${WEIGHT}`],
    });
    const piece = Float32Array.from({ length: COUNT }, (_, i) => (i % 1000) / 1000);
    const kernel = createKernelPass(piece, WEIGHT);
    const engines = [createEngine('simd'), createEngine('plain')] as const;
    const [simd, plain] = engines.map((engine) => engine.accumulator(COUNT)) as [Sum, Sum];
    const contenders = {
      c: async () => {
        const [ns, last] = (await native.ask()).split(' ').map(Number) as [number, number];
        sums.c = last;
        return ns / 1e6;
      },
      kernel: () => time(kernel.pass),
      add: () => time(() => simd.add(piece, 0, WEIGHT)),
      plain: () => time(() => plain.add(piece, 0, WEIGHT)),
    };
    const sums = { c: Number.NaN };
    const passes = { c: [], kernel: [], add: [], plain: [] } as Record<keyof typeof contenders, number[]>;
    // Interleaved, so that whatever else the machine does falls on all of them alike.
    for (let pass = 0; pass < WARM_UP + PASSES; pass++)
      for (const name of Object.keys(passes) as (keyof typeof passes)[]) {
        const milliseconds = await contenders[name]();
        if (pass >= WARM_UP) passes[name].push(milliseconds);
      }
    checkSums([sums.c, kernel.last(), simd.take(1).at(-1), plain.take(1).at(-1)]);

    const c = summarise(passes.c);
    print(`best and median of ${PASSES} interleaved passes; C by gcc ${FLAGS.join(' ')}`);
    print(row(['', 'best ms', 'median ms', 'GB/s', 'of C (best)', 'of C (median)']));
    for (const [name, label] of LABELS) {
      const { best, median } = summarise(passes[name]);
      const ratios = [c.best / best, c.median / median].map((ratio) => ratio.toFixed(2)) as [string, string];
      print(
        row([
          label,
          best.toFixed(2),
          median.toFixed(2),
          ((GIGABYTES_MOVED / best) * 1e3).toFixed(1),
          ...ratios,
        ]),
      );
    }
    const best = { c: c.best, kernel: Math.min(...passes.kernel), add: Math.min(...passes.add) };
    return {
      vs_c: round(best.c / best.kernel),
      add_vs_c: round(best.c / best.add),
      gb_s: round((GIGABYTES_MOVED / best.kernel) * 1e3),
      c_gb_s: round((GIGABYTES_MOVED / best.c) * 1e3),
    };
  },
};

const LABELS = [
  ['c', 'C'],
  ['kernel', 'simd kernel'],
  ['add', 'simd add()'],
  ['plain', 'plain add()'],
] as const;

interface Sum {
  add(piece: Float32Array, offset: number, weight: number): void;
  take(scale: number): Float32Array;
}

/** A contender that computed something else would win nothing. */
function checkSums(sums: readonly (number | undefined)[]): void {
  if (sums.some((sum) => Math.fround(sum ?? Number.NaN) !== Math.fround(sums[0] ?? Number.NaN)))
    throw new Error(`the contenders disagree: ${sums.join(', ')}`);
}

const round = (value: number) => Math.round(value * 1000) / 1000;
const row = (cells: readonly string[]) =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(14) : cell.padStart(14))).join('');
