import { AlgorithmsError } from '../errors.js';
import type { Engine } from './engine.js';
import { plainEngine } from './plain.js';
import { simdRuns } from './simd/kernel.js';
import { createSimdEngine } from './simd/simd-engine.js';

export const engineNames = ['simd', 'plain'] as const;
export type EngineName = (typeof engineNames)[number];

/** One for the process: its memory and threads are kept. */
let simd: Engine | undefined;

/**
 * The engine asked for by name, or the fastest that runs here. Throws if the one asked for does not run. `threads` is that
 * of the first call in a process; default: one for each core.
 */
export function createEngine(name?: EngineName, options: { readonly threads?: number } = {}): Engine {
  if (name === 'plain') return plainEngine;
  if (simdRuns()) return (simd ??= createSimdEngine(options));
  if (name === 'simd')
    throw new AlgorithmsError(
      'engine_missing',
      "this machine's WebAssembly has no SIMD; use the engine 'plain'",
    );
  return plainEngine;
}
