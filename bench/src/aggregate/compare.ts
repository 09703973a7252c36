import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@synergos/fed-algorithms';
import { startNative } from '../native-program.js';
import { startPython } from '../python-program.js';
import { canRun, inC, runKernel, type KernelName } from './kernels.js';

/** Of C's and numpy's results as many values are compared. */
const SAMPLES = 16;
/** Relative, of values above 1. */
const TOLERANCE = 1e-4;
const PASSES = 7;
/** After this time no further passes start, and none for a candidate whose single pass takes this long. */
const BUDGET_MS = 8000;

/** Best milliseconds of a contender. */
export interface Row {
  readonly kernel: KernelName;
  readonly count: number;
  readonly size: number;
  readonly contender: string;
  readonly ms: number;
}

type Contender = () => Promise<{ readonly ms: number; readonly samples: readonly number[] }>;

export interface Comparison {
  readonly count: number;
  /** Number of float32 values of each update. */
  readonly size: number;
  readonly kernels: readonly KernelName[];
  readonly engines: readonly Engine[];
}

/** Runs the kernels of every engine, of C and of numpy on the same synthetic updates, interleaved. Throws if results differ. */
export async function compare({ count, size, kernels, engines }: Comparison): Promise<readonly Row[]> {
  const updates = makeUpdates(count, size);
  const directory = await mkdtemp(join(tmpdir(), 'synergos-bench-'));
  const reserved = engines.map((engine) => engine.columns.reserve?.(count, size));
  try {
    const path = join(directory, 'updates.f32');
    await writeAll(path, updates);
    const args = [path, `${count}`, `${size}`];
    await using c = await startNative({ source: 'aggregate.c', flags: ['-O3'], args });
    await using numpy = await startPython('strategies.py', args);
    reserved.forEach((rows) => rows?.columns.forEach((column, k) => column.set(updates[k]!)));
    const rows: Row[] = [];
    for (const kernel of kernels.filter((name) => canRun(name, count))) {
      const contenders: Record<string, Contender> = {};
      engines.forEach((engine, at) => {
        const resident = reserved[at]?.columns;
        contenders[engine.name] = () => ours(kernel, engine, resident ?? updates);
        if (resident !== undefined)
          contenders[`${engine.name}, copied in`] = () => ours(kernel, engine, updates);
      });
      if (inC.has(kernel)) contenders.c = () => theirs(c, kernel);
      contenders.numpy = () => theirs(numpy, kernel);
      const best = await race(contenders, size);
      for (const [contender, ms] of best) rows.push({ kernel, count, size, contender, ms });
    }
    return rows;
  } finally {
    for (const rows of reserved) rows?.release();
    await rm(directory, { recursive: true, force: true });
  }
}

async function race(contenders: Record<string, Contender>, size: number): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  const samples = new Map<string, readonly number[]>();
  const start = performance.now();
  for (let pass = 0; pass < PASSES && performance.now() - start < BUDGET_MS; pass++)
    for (const [name, contender] of Object.entries(contenders)) {
      const before = best.get(name) ?? 0;
      if (before > BUDGET_MS) continue;
      const result = await contender();
      samples.set(name, result.samples);
      best.set(name, pass === 0 ? result.ms : Math.min(before, result.ms));
    }
  checkSamples(samples, size);
  return best;
}

/** A contender that computed something else would win nothing. */
function checkSamples(samples: ReadonlyMap<string, readonly number[]>, size: number): void {
  // numpy adds up squares in float32: over 1e8 values it is off by almost a thousandth.
  const tolerance = TOLERANCE * Math.max(1, size / 1e7);
  const expected = samples.get('numpy') ?? [];
  for (const [name, values] of samples)
    expected.forEach((value, i) => {
      if (!(Math.abs((values[i] ?? Number.NaN) - value) <= tolerance * Math.max(1, Math.abs(value))))
        throw new Error(`${name} and numpy disagree: ${values.join(' ')} and ${expected.join(' ')}`);
    });
}

async function ours(kernel: KernelName, engine: Engine, vectors: readonly Float32Array[]) {
  const start = performance.now();
  // As in a round: the memory of one result is reused for the next.
  const out = engine.vector?.(vectors[0]!.length) ?? new Float32Array(vectors[0]!.length);
  const result = await runKernel(kernel, engine, vectors, out);
  const ms = performance.now() - start;
  const step = Math.max(1, Math.floor(result.length / SAMPLES));
  const samples = Array.from({ length: SAMPLES }, (_, i) => result[i * step]).filter(
    (value) => value !== undefined,
  );
  engine.recycle?.(out);
  return { ms, samples };
}

async function theirs(program: { ask(line: string): Promise<string> }, kernel: KernelName) {
  const [ns = Number.NaN, ...samples] = (await program.ask(kernel)).split(' ').map(Number);
  return { ms: ns / 1e6, samples };
}

/** Values in [−1, 1), the same every time. */
function makeUpdates(count: number, size: number): Float32Array[] {
  let state = 42;
  return Array.from({ length: count }, () => {
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      values[i] = state / 2 ** 31;
    }
    return values;
  });
}

async function writeAll(path: string, vectors: readonly Float32Array[]): Promise<void> {
  await using file = await open(path, 'w');
  for (const vector of vectors) {
    const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
  }
}
