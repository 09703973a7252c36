// Runs a command where the engines `tensorflow` and `webgpu` are there, and are expected to be:
//   node tools/engines/main.mjs npx vitest run packages/fed-algorithms
// What it downloads and builds stays in `.engines/`, outside of the lockfile.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackSwiftShader } from './swiftshader.mjs';
import { buildTensorFlow } from './tensorflow.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.engines');
const [command, ...args] = process.argv.slice(2);
try {
  const startedMs = performance.now();
  buildTensorFlow(join(folder, 'tensorflow'), root);
  const vulkan = unpackSwiftShader(join(folder, 'swiftshader'));
  process.stderr.write(`Engines are ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  // Tests skip an engine that is missing, unless it is named here.
  const env = { ...process.env, ...vulkan, SYNERGOS_TEST_ENGINES: 'tensorflow,webgpu' };
  if (command !== undefined)
    process.exitCode = spawnSync(command, args, { stdio: 'inherit', env }).status ?? 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
