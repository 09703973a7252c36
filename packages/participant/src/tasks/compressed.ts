import {
  codecNamed,
  createRandom,
  decodeUpdate,
  deriveSeed,
  type Manifest,
  type RunArguments,
} from '@synergos/fed-algorithms';
import { encodeSafetensorsHeader } from '@synergos/rpc-core';
import type { Residuals } from './residuals.js';

/** An entry of a sparse update takes twice the bytes of a value. */
const FULL_ABOVE = 0.5;
export interface CompressionOptions {
  readonly args: RunArguments;
  /** The update is mostly zeros: if the run has no compression, zeros are left out. */
  readonly isSparse?: boolean;
  readonly manifest: Manifest;
  readonly residuals: Residuals;
  /** Identifies the run within this participant. */
  readonly run: string;
  readonly round: number;
  readonly participant: string;
}

/** Encodes an update as a safetensors file with the run's `compression`. May change `update`. */
export function compressed(update: Float32Array, options: CompressionOptions): Uint8Array {
  const { args, manifest, residuals, run, round, participant } = options;
  const feedsBack = args.compression === 'top-k';
  const before = feedsBack ? residuals.before(run, round) : undefined;
  if (before?.length === update.length) for (let i = 0; i < update.length; i++) update[i]! += before[i]!;
  // Repeatable after a restart.
  const random = createRandom(deriveSeed(args.seed, round, participant, 'compression'));
  const nonZero = options.isSparse && args.compression === 'none' ? shareOfNonZeros(update) : 1;
  const encoded =
    nonZero < FULL_ABOVE
      ? codecNamed('top-k').encode(update, manifest, { random, keep: nonZero })
      : codecNamed(args.compression).encode(update, manifest, { random, keep: args.compression_keep });
  if (feedsBack) {
    const after = decodeUpdate(encoded, manifest);
    for (let i = 0; i < after.length; i++) after[i] = update[i]! - after[i]!;
    residuals.store(run, { round, before, after });
  }
  const header = encodeSafetensorsHeader(encoded.tensors, encoded.metadata);
  // A buffer of its own, not a slice of the pool for small buffers: it is transferred to another thread.
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
