import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importTfjsNode } from '../src/engines/tfjs/import-tfjs-node.js';
import { createEngine, loadEngine } from '../src/index.js';
import { engines } from './engines.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-alone-'));
const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** Installs the package with its required dependencies only. */
beforeAll(() => {
  const installed = join(directory, 'node_modules');
  mkdirSync(join(installed, '@synergos/fed-algorithms'), { recursive: true });
  for (const part of ['src', 'package.json'])
    cpSync(join(packageRoot, part), join(installed, '@synergos/fed-algorithms', part), { recursive: true });
  for (const needed of ['@synergos/contract', 'zod', 'pure-rand', 'import-meta-resolve'])
    symlinkSync(
      fileURLToPath(new URL(`../../../node_modules/${needed}`, import.meta.url)),
      join(installed, needed),
    );
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What `loadEngine` answers there: the engine, or the error's code and message. */
function loadAlone(choice: object): unknown {
  const script = `
    import { loadEngine } from '@synergos/fed-algorithms';
    const told = await loadEngine(${JSON.stringify(choice)}).then(
      ({ engine, ...rest }) => ({ name: engine.name, ...rest }),
      ({ code, message }) => ({ code, message }),
    );
    console.log(JSON.stringify(told));
  `;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

it('refuses an engine without its packages, and names what to install', { timeout: 60_000 }, () => {
  expect(loadAlone({ name: 'tensorflow' })).toEqual({
    code: 'engine_missing',
    message:
      "engine 'tensorflow': TensorFlow is not installed: npm install @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node",
  });
  expect(loadAlone({ name: 'tensorflow', gpus: 0 })).toMatchObject({
    message: "engine 'tensorflow': TensorFlow is not installed: npm install @tensorflow/tfjs-node",
  });
  expect(loadAlone({ name: 'webgpu' })).toEqual({
    code: 'engine_missing',
    message:
      "engine 'webgpu': WebGPU is not installed: npm install webgpu @tensorflow/tfjs-core @tensorflow/tfjs-backend-webgpu",
  });
});

it(
  'without a GPU that is asked for, but not by name, it is simd, with the reasons',
  { timeout: 60_000 },
  () => {
    expect(loadAlone({ gpus: 1 })).toEqual({
      name: 'simd',
      gpu: false,
      withoutGpu: expect.stringMatching(
        /tfjs-node-gpu; engine 'webgpu': WebGPU is not installed: npm install webgpu/,
      ),
    });
  },
);

it.skipIf(!engines.some(({ name }) => name === 'tensorflow'))(
  'tfjs-node finds the functions that newer versions of Node.js have no more',
  async () => {
    const functions = util as Partial<Record<string, unknown>>;
    const had = functions.isNullOrUndefined;
    delete functions.isNullOrUndefined;
    try {
      const { tf } = await importTfjsNode(['@tensorflow/tfjs-node']);
      await tf.setBackend('tensorflow');
      const { values } = tf.topk(tf.tensor1d([3, 1, 2]), 2);
      expect([...values.dataSync()]).toEqual([3, 2]);
    } finally {
      functions.isNullOrUndefined ??= had;
    }
  },
);

it.each([{}, { gpus: 0 }, { name: 'simd' }, { name: 'simd', gpus: 1 }] as const)(
  '%j is simd, without a look for GPUs',
  async (choice) => expect(await loadEngine(choice)).toEqual({ engine: createEngine('simd'), gpu: false }),
);
