import { writeFile } from 'node:fs/promises';
import {
  AlgorithmsError,
  loadableEngines,
  loadEngine,
  type Engine,
  type LoadedEngine,
} from '@synergos/fed-algorithms';
import { compare, type Row } from '../aggregate/compare.js';
import { createKernelPass, createTwoThreadPass } from '../aggregate/kernel-pass.js';
import { kernelNames, type KernelName } from '../aggregate/kernels.js';
import { plotSpeedups } from '../aggregate/plot.js';
import { createTable } from '../aggregate/table.js';
import type { Benchmark, Figures } from '../benchmark.js';
import { startNative } from '../native-program.js';

const WEIGHT = 0.5;
const PASSES = 15;
const WARM_UP = 3;
/** More values than this take slow engines too long. */
const MOST_FOR_SLOW = 20_000_000;

interface Point {
  readonly count: number;
  readonly size: number;
}
/** Number of updates, and of the values of each. */
const HEADLINE: Point = { count: 10, size: 5_000_000 };
const MEAN: Point = { count: 4, size: 25_000_000 };
const GRID: readonly Point[] = [
  ...[1e4, 1e5, 1e6, 1e7, 1e8].map((size) => ({ count: 2, size })),
  ...[1e4, 1e5, 1e6, 1e7].map((size) => ({ count: 10, size })),
  ...[1e4, 1e5, 1e6].map((size) => ({ count: 32, size })),
  ...[1e4, 1e5, 1e6].map((size) => ({ count: 128, size })),
];
const QUICK_HEADLINE: Point = { count: 10, size: 200_000 };
const QUICK_MEAN: Point = { count: 4, size: 1_000_000 };
const QUICK_GRID: readonly Point[] = [
  { count: 10, size: 1e4 },
  { count: 10, size: 1e5 },
];
/** Above this number of updates the numpy variant, which computes distances for each update it selects, takes minutes. */
const MOST_FOR_BULYAN = 10;
const MOST_FOR_DISTANCES = 32;

/** Compares each kernel of each engine with loops in C and with the numpy code of Flower's strategies. */
export const aggregate: Benchmark = {
  name: 'aggregate',
  summary:
    'kernels of aggregation on every engine, C at -O3 and numpy as Flower uses it, on the same updates',
  async run(print, { quick = false, plot }) {
    const engines = await available();
    const mean = await compareAccumulate(quick ? 1_000_000 : 25_000_000);
    print(
      `acc += w·piece: ${mean.vs_c} of C on one thread, ${mean.two_threads} of two C loops at once on two threads`,
    );
    const rows: Row[] = [];
    const table = createTable(engines.map(({ engine }) => engine.name));
    print('best of several passes in turns; beside it, times as fast as numpy');
    for (const line of table.header) print(line);
    const measure = async (point: Point, kernels: readonly KernelName[] = kernelsFor(point)) => {
      const measured = await compare({ ...point, kernels, engines: enginesFor(engines, point) });
      for (const kernel of new Set(measured.map((row) => row.kernel)))
        print(table.row(measured.filter((row) => row.kernel === kernel)));
      rows.push(...measured);
    };
    const headline = quick ? QUICK_HEADLINE : HEADLINE;
    await measure(headline, kernelNames);
    await measure(quick ? QUICK_MEAN : MEAN, ['mean']);
    const result = figures(rows, headline, mean);
    if (plot !== undefined) {
      for (const point of quick ? QUICK_GRID : GRID) await measure(point);
      await writeFile(plot, plotSpeedups(rows));
    }
    return result;
  },
};

/** Those that run here. */
async function available(): Promise<readonly LoadedEngine[]> {
  const engines: LoadedEngine[] = [];
  for (const name of loadableEngines)
    try {
      engines.push(await loadEngine({ name }));
    } catch (error) {
      if (!(error instanceof AlgorithmsError)) throw error;
    }
  return engines;
}

function enginesFor(engines: readonly LoadedEngine[], { count, size }: Point): readonly Engine[] {
  return engines
    .filter((loaded) => !isSlow(loaded) || count * size <= MOST_FOR_SLOW)
    .map(({ engine }) => engine);
}

/** Plain JavaScript, and software that plays a GPU. */
function isSlow({ engine: { name }, gpu }: LoadedEngine): boolean {
  return name === 'plain' || (name === 'webgpu' && !gpu);
}

function kernelsFor({ count }: Point): readonly KernelName[] {
  return kernelNames.filter((name) => {
    if (name === 'bulyan') return count <= MOST_FOR_BULYAN;
    return count <= MOST_FOR_DISTANCES || (name !== 'distances' && name !== 'krum');
  });
}

/** The ratios on the headline's size, updates in the engine's memory as numpy's are in its own, and copied in. */
function figures(rows: readonly Row[], { count }: Point, mean: Figures): Figures {
  const ratio = (kernel: KernelName, updates: number, contender: string, to: string) => {
    const find = (who: string) =>
      rows.find((row) => row.kernel === kernel && row.count === updates && row.contender === who)?.ms;
    return round((find(to) ?? Number.NaN) / (find(contender) ?? Number.NaN));
  };
  const ratios = (kernel: KernelName, updates = count): Figures => ({
    vs_numpy: ratio(kernel, updates, 'simd', 'numpy'),
    copied_vs_numpy: ratio(kernel, updates, 'simd, copied in', 'numpy'),
  });
  return {
    mean: { ...mean, ...ratios('mean', MEAN.count) },
    median: ratios('median'),
    trimmed_mean: ratios('trimmed-mean'),
    distances: ratios('distances'),
    krum: ratios('krum'),
    bulyan: ratios('bulyan'),
    geometric_median: ratios('geometric-median'),
  };
}

/** Compares the loop of the weighted mean with C: one thread with one program, two threads with two on half of the values each. */
async function compareAccumulate(size: number) {
  const start = (count: number) =>
    startNative({ source: 'accumulate.c', flags: ['-O3'], args: [`${count}`, `${WEIGHT}`] });
  await using whole = await start(size);
  await using first = await start(size / 2);
  await using second = await start(size / 2);
  const piece = Float32Array.from({ length: size }, (_, i) => (i % 1000) / 1000);
  const one = createKernelPass(piece, WEIGHT);
  const two = createTwoThreadPass(piece, WEIGHT);
  const milliseconds = (answer: string) => Number(answer.split(' ')[0]) / 1e6;
  const timed = async (work: () => unknown) => {
    const from = performance.now();
    await work();
    return performance.now() - from;
  };
  const contenders = {
    c: async () => milliseconds(await whole.ask()),
    one: () => timed(one.pass),
    twoC: async () =>
      Math.max(...(await Promise.all([first.ask(), second.ask()])).map((answer) => milliseconds(answer))),
    two: () => timed(two.pass),
  };
  const best = { c: Infinity, one: Infinity, twoC: Infinity, two: Infinity };
  for (let pass = 0; pass < WARM_UP + PASSES; pass++)
    for (const name of Object.keys(best) as (keyof typeof best)[]) {
      const ms = await contenders[name]();
      if (pass >= WARM_UP) best[name] = Math.min(best[name], ms);
    }
  const last = Number((await whole.ask()).split(' ')[1]);
  const expected = Math.fround(last - WEIGHT * piece.at(-1)!);
  for (const got of [one.last(), two.last()])
    if (Math.abs((got ?? Number.NaN) - expected) > 1e-3)
      throw new Error(`the loops disagree: ${got} and ${expected}`);
  return { vs_c: round(best.c / best.one), two_threads: round(best.twoC / best.two) };
}

const round = (value: number) => Math.round(value * 1000) / 1000;
