import { expect, it } from 'vitest';
import { chooseBackend, type BackendChoice } from './choose-backend.js';

async function choose(choice: Partial<BackendChoice>) {
  const warnings: string[] = [];
  const logger = { warn: (_fields: object, message: string) => void warnings.push(message) };
  const backend = await chooseBackend({ backend: undefined, gpus: undefined, ...choice }, logger);
  return { backend, warnings };
}

it.each([
  [{}, 'wasm', []],
  [{ gpus: 0 }, 'wasm', []],
  [{ backend: 'tensorflow', gpus: 1 }, 'tensorflow', []],
  [
    { backend: 'wasm', gpus: 1 },
    'wasm',
    ['--gpus has no effect with --backend wasm: training runs without a GPU'],
  ],
] as const)('chooses for %j the backend %s', async (choice, backend, warnings) => {
  expect(await choose(choice)).toEqual({ backend, warnings });
});

it('uses a GPU if one is usable, and logs a warning if none is', async () => {
  const { backend, warnings } = await choose({ gpus: 1 });
  expect(warnings).toEqual(backend === 'wasm' ? ['no usable GPU: training runs without one'] : []);
});
