import { expect, it } from 'vitest';
import { chooseBackend } from './backend.js';

it.each([
  [{}, 'wasm', []],
  [{ gpus: 0 }, 'wasm', []],
  [{ backend: 'tensorflow', gpus: 1 }, 'tensorflow', []],
  [
    { backend: 'wasm', gpus: 1 },
    'wasm',
    ['--gpus has no effect with --backend wasm: training runs without a GPU'],
  ],
] as const)('chooses for %o the backend %s', async (options, backend, warnings) => {
  const logged: string[] = [];
  const logger = { warn: (_fields: unknown, message?: string) => void logged.push(message ?? '') };
  const chosen = await chooseBackend({ backend: undefined, gpus: undefined, ...options }, logger as never);
  expect([chosen, logged]).toEqual([backend, warnings]);
});

it('uses a GPU where there is one, and logs where there is none', async () => {
  const logged: string[] = [];
  const logger = { warn: (_fields: unknown, message?: string) => void logged.push(message ?? '') };
  const chosen = await chooseBackend({ backend: undefined, gpus: 1 }, logger as never);
  expect(logged).toEqual(chosen === 'wasm' ? ['no usable GPU: training runs without one'] : []);
});
