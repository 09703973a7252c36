import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Federation } from './federation.js';

const prepared = (process.env.SYNERGOS_TEST_ENGINES ?? (process.env.CI ? 'tensorflow,webgpu' : '')).split(
  ',',
);
/** Each rule uses other kernels. Three participants are too few for bulyan. */
const RULES = ['mean', 'median', 'krum', 'geometric-median'];

/** Trains a model by each rule on a TTP and workers with these options; returns the models and the TTP's log. */
async function trainAll(ttp: readonly string[], worker: readonly string[] = []) {
  const federation = new Federation();
  try {
    await federation.start({ ttp, worker });
    const models = new Map<string, Float32Array>();
    for (const aggregator of RULES) {
      await federation.createRun(aggregator, { aggregator, rounds: 2, epochs: 4 });
      await federation.train(aggregator);
      models.set(aggregator, await federation.weights(aggregator));
    }
    return { models, log: federation.ttpLog() };
  } finally {
    await federation.close();
  }
}

/** The models of the engine that every machine has. */
let reference: ReturnType<typeof trainAll> | undefined;
const onSimdAndWasm = () => (reference ??= trainAll(['--engine', 'simd']));

const optional = ['tensorflow', 'webgpu'].filter((name) => prepared.includes(name));

it.skipIf(optional.length === 0)(
  'the engines that need packages train the same models as simd, within float32',
  async () => {
    const { models: expected } = await onSimdAndWasm();
    for (const engine of optional) {
      const { models, log } = await trainAll(['--engine', engine]);
      expect(log).toContain(`"engine":"${engine}"`);
      for (const [rule, weights] of models) {
        expect(weights.length).toBe(expected.get(rule)!.length);
        weights.forEach((value, i) =>
          expect(Math.abs(value - expected.get(rule)![i]!), `${engine}: ${rule}`).toBeLessThan(1e-5),
        );
      }
    }
  },
  300_000,
);

it.skipIf(!prepared.includes('tensorflow'))(
  'workers on --backend tensorflow train the same model as wasm, within float32',
  async () => {
    const { models: expected } = await onSimdAndWasm();
    const { models } = await trainAll([], ['--backend', 'tensorflow']);
    for (const [rule, weights] of models) {
      expect(weights).not.toEqual(expected.get(rule));
      weights.forEach((value, i) =>
        expect(Math.abs(value - expected.get(rule)![i]!), rule).toBeLessThan(1e-4),
      );
    }
  },
  300_000,
);

describe('without a GPU', () => {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-engines-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const program = fileURLToPath(
    import.meta.resolve('@synergos/ttp-basic/package.json').replace('package.json', 'dist/main.js'),
  );
  const basic = (...args: readonly string[]) => {
    const folders = ['--data-dir', join(directory, 'data'), '--outputs-dir', join(directory, 'outputs')];
    return spawnSync(process.execPath, [program, ...folders, ...args], {
      encoding: 'utf8',
      timeout: 20_000,
      // Vulkan drivers in other folders are ignored.
      env: { ...process.env, VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' },
    });
  };

  it('a named engine that is not available ends the start with code 2 and an installation hint', () => {
    const { status, stderr } = basic('--engine', 'webgpu');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: engine 'webgpu': WebGPU finds no adapter: install a Vulkan driver/m);
  });

  it('--gpus 1 logs one line, and the TTP works on simd', async () => {
    process.env.VK_DRIVER_FILES = '/nowhere.json';
    const federation = new Federation();
    try {
      await federation.start({ ttp: ['--gpus', '1'] });
      const lines = federation
        .ttpLog()
        .split('\n')
        .filter((line) => line.includes('no usable GPU'));
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', gpus: 1, engine: 'simd' });
      expect(lines[0]).toMatch(/engine 'tensorflow': .*engine 'webgpu': /);
    } finally {
      await federation.close();
    }
  });
});
