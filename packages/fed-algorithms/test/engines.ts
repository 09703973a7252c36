import { createEngine, engineNames, type Engine } from '../src/index.js';

/** Every engine that runs here. */
export const engines: readonly Engine[] = engineNames.map((name) => createEngine(name));
