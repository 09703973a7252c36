import { createEngine, createSimdEngine, engineNames, type Engine } from '../src/index.js';

/** Every engine that runs here. */
export const engines: readonly Engine[] = [
  ...engineNames.map((name) => createEngine(name)),
  { ...createSimdEngine({ threads: 1 }), name: 'simd on one thread' },
];
