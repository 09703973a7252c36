import { startBackend, type BackendName } from '../src/backend.js';

/** Every backend that runs here; `tensorflow` must where the environment names it. */
export const backends: readonly BackendName[] = [
  'cpu',
  'wasm',
  ...(await startBackend('tensorflow').then(
    () => ['tensorflow'] as const,
    (error: unknown) => {
      if (process.env.SYNERGOS_TEST_ENGINES?.split(',').includes('tensorflow')) throw error;
      return [];
    },
  )),
];
