import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Federation } from './federation.js';

const PLUGIN = 'synergos-plugin-fedavgm';
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'synergos-packed-'));
const federation = new Federation();

// The files of a third party: the published packages, the published plug-in, an empty folder.
beforeAll(async () => {
  pack();
  execFileSync(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    { cwd: folder, stdio: 'inherit' },
  );
  // The plug-in is named as a package, which is resolved from the working directory of the process.
  for (const [kind, program] of [
    ['BASIC', 'synergos-basic'],
    ['WORKER', 'synergos-worker'],
  ] as const)
    process.env[`SYNERGOS_DEMO_${kind}_COMMAND`] = JSON.stringify([
      'sh',
      '-c',
      `cd "$0" && exec node_modules/.bin/${program} "$@"`,
      folder,
    ]);
  const named = ['--plugin', PLUGIN];
  await federation.start({ ttp: named, worker: named });
}, 300_000);

afterAll(async () => {
  delete process.env.SYNERGOS_DEMO_BASIC_COMMAND;
  delete process.env.SYNERGOS_DEMO_WORKER_COMMAND;
  await federation.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a plug-in from npm trains like the built-in algorithm in an installation of the published packages', async () => {
  expect(await federation.driver.algorithms.read({ algorithm: 'MyFedAvgM' })).toMatchObject({
    source: PLUGIN,
    arguments: { properties: { server_momentum: { default: 0.9, minimum: 0, exclusiveMaximum: 1 } } },
  });
  for (const algorithm of ['MyFedAvgM', 'FedAvgM', 'FedAvg']) {
    const momentum = algorithm === 'FedAvg' ? {} : { server_momentum: 0.5, server_lr: 0.9 };
    await federation.createRun(algorithm, { algorithm, rounds: 3, epochs: 2, ...momentum });
    await federation.train(algorithm);
  }
  const weights = await federation.weights('MyFedAvgM');
  expect(weights).toEqual(await federation.weights('FedAvgM'));
  expect(weights).not.toEqual(await federation.weights('FedAvg'));
}, 120_000);

it('the plug-in has fewer than 30 lines', () => {
  const source = readFileSync(join(folder, 'node_modules', PLUGIN, 'index.js'), 'utf8');
  expect(source.trimEnd().split('\n').length).toBeLessThan(30);
});

/** Packs all publishable packages, and adds the files as the folder's dependencies. */
function pack(): void {
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  const workspaces = ['packages', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .concat('examples/plugin-fedavgm');
  execFileSync(
    'npm',
    [
      'pack',
      '--ignore-scripts',
      '--loglevel=error',
      `--pack-destination=${tarballs}`,
      ...workspaces.map((path) => `--workspace=${path}`),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const dependencies = Object.fromEntries(
    workspaces.map((path) => {
      const manifest = readFileSync(join(root, path, 'package.json'), 'utf8');
      const { name, version } = JSON.parse(manifest) as { readonly name: string; readonly version: string };
      return [name, `file:tarballs/${name.replace('@', '').replace('/', '-')}-${version}.tgz`];
    }),
  );
  const manifest = { name: 'a-third-party', private: true, dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
}
