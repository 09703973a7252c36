import {
  codecs,
  createRandom,
  decodeUpdate,
  deriveSeed,
  type Manifest,
  type RunArguments,
} from '@synergos/fed-algorithms';
import { encodeSafetensorsHeader } from '@synergos/rpc-core';

/** An entry of a sparse update takes twice the bytes of a value. */
const FULL_ABOVE = 0.5;
/** Runs whose left-out values are kept: each needs twice an update's memory. */
const MOST_RUNS = 2;

interface Residual {
  readonly round: number;
  /** What earlier rounds left out: goes into this round's update, also when it is asked for again. */
  readonly before: Float32Array | undefined;
  readonly after: Float32Array;
}

/** What top-k left out of updates, by run: it goes into the run's next update (error feedback). */
export class Residuals {
  readonly #runs = new Map<string, Residual>();

  before(run: string, round: number): Float32Array | undefined {
    const kept = this.#runs.get(run);
    if (kept === undefined || kept.round > round) return undefined;
    return kept.round === round ? kept.before : kept.after;
  }

  keep(run: string, residual: Residual): void {
    this.#runs.delete(run);
    this.#runs.set(run, residual);
    for (const oldest of [...this.#runs.keys()].slice(0, -MOST_RUNS)) this.#runs.delete(oldest);
  }
}

export interface CompressionOptions {
  readonly args: RunArguments;
  /** The update is mostly zeros: without a compression asked for, it travels without them. */
  readonly isSparse?: boolean;
  readonly manifest: Manifest;
  readonly residuals: Residuals;
  /** Names the run among those of this participant. */
  readonly run: string;
  readonly round: number;
  readonly participant: string;
}

/** The update as a safetensors file, written in the run's `compression`. May change `update`. */
export function compressed(update: Float32Array, options: CompressionOptions): Uint8Array {
  const { args, manifest, residuals, run, round, participant } = options;
  const feedsBack = args.compression === 'top-k';
  const before = feedsBack ? residuals.before(run, round) : undefined;
  if (before?.length === update.length) for (let i = 0; i < update.length; i++) update[i]! += before[i]!;
  // The same again after a restart.
  const random = createRandom(deriveSeed(args.seed, round, participant, 'compression'));
  const nonZero = options.isSparse && args.compression === 'none' ? shareOfNonZeros(update) : 1;
  const encoded =
    nonZero < FULL_ABOVE
      ? codecs['top-k'].encode(update, manifest, { random, keep: nonZero })
      : codecs[args.compression].encode(update, manifest, { random, keep: args.compression_keep });
  if (feedsBack) {
    const after = decodeUpdate(encoded, manifest);
    for (let i = 0; i < after.length; i++) after[i] = update[i]! - after[i]!;
    residuals.keep(run, { round, before, after });
  }
  const header = encodeSafetensorsHeader(encoded.tensors, encoded.metadata);
  // In memory of its own, not the one that small buffers share: it goes to another thread.
  const file = new Uint8Array(header.length + encoded.data.length);
  file.set(header);
  file.set(encoded.data, header.length);
  return file;
}

function shareOfNonZeros(update: Float32Array): number {
  let count = 0;
  for (const value of update) if (value !== 0) count++;
  return count / Math.max(1, update.length);
}
