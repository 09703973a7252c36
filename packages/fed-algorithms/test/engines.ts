import {
  createEngine,
  createSimdEngine,
  engineNames,
  loadableEngines,
  loadEngine,
  type Engine,
} from '../src/index.js';

/** Required engines: a missing one is an error, under CI each. Other missing engines are skipped. */
const expected = (process.env.SYNERGOS_TEST_ENGINES ?? (process.env.CI ? 'tensorflow,webgpu' : '')).split(
  ',',
);

async function optionalEngine(name: (typeof loadableEngines)[number]): Promise<readonly Engine[]> {
  try {
    return [(await loadEngine({ name })).engine];
  } catch (error) {
    if (expected.includes(name)) throw error;
    return [];
  }
}

/** Every engine that runs here. */
export const engines: readonly Engine[] = [
  ...engineNames.map((name) => createEngine(name)),
  { ...createSimdEngine({ threads: 1 }), name: 'simd on one thread' },
  ...(await optionalEngine('tensorflow')),
  ...(await optionalEngine('webgpu')),
];
