import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtIn } from './algorithms/index.js';
import { PluginError } from './errors.js';
import { checkPlugin, loadPlugin } from './plugins.js';

const GOOD = `export default { apiVersion: 1, algorithms: [{ name: 'Mine', summary: 'Nothing new.' }] };`;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plugins-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

describe('loadPlugin', () => {
  it('loads a module by path, absolute or relative to the directory', async () => {
    await write('mine.mjs', GOOD);
    for (const name of ['./mine.mjs', 'mine.mjs', join(directory, 'mine.mjs')]) {
      const { source, plugin } = await loadPlugin(name, directory);
      expect(source).toBe(name);
      expect(plugin.algorithms?.map((algorithm) => algorithm.name)).toEqual(['Mine']);
    }
  });

  it('loads the main module of a folder', async () => {
    await write('mine/package.json', '{ "type": "module", "main": "./plugin.js" }');
    await write('mine/plugin.js', GOOD);
    expect((await loadPlugin('./mine', directory)).plugin.algorithms).toHaveLength(1);
  });

  it.each(['"./plugin.js"', '{ ".": { "import": "./plugin.js" } }'])(
    'loads an installed package whose exports are %s, not a folder of the same name',
    async (exports) => {
      await write(
        'node_modules/mine/package.json',
        `{ "name": "mine", "type": "module", "exports": ${exports} }`,
      );
      await write('node_modules/mine/plugin.js', GOOD);
      await mkdir(join(directory, 'mine'));
      expect((await loadPlugin('mine', directory)).plugin.algorithms).toHaveLength(1);
    },
  );

  it("keeps a plug-in's argument schema, though it brings a zod of its own", async () => {
    await symlink(join(import.meta.dirname, '../../../node_modules/zod'), join(directory, 'zod'));
    await write(
      'mine.mjs',
      `import { z } from './zod/index.js';
       export default { apiVersion: 1, algorithms: [{ name: 'Mine', summary: '.', arguments: z.object({ tau: z.number() }) }] };`,
    );
    const [algorithm] = (await loadPlugin('./mine.mjs', directory)).plugin.algorithms ?? [];
    expect(algorithm?.arguments?.safeParse({ tau: 1 }).success).toBe(true);
  });

  it.each([
    [
      'a package that is not installed',
      'no-such-plugin',
      '',
      /'no-such-plugin' cannot be loaded from .*no-such-plugin/,
    ],
    ['a path where nothing is', './nothing.mjs', '', /cannot be loaded [^\n]*nothing.mjs'$/],
    ['a module that throws', './bad.mjs', 'throw new Error("no GPU here")', /cannot be loaded .*no GPU here/],
    ['a syntax error', './bad.mjs', 'export default {', /cannot be loaded/],
    ['no default export', './bad.mjs', 'export const plugin = {};', /no default export/],
  ])('refuses %s', async (_what, name, text, message) => {
    await write('bad.mjs', text);
    const refused = loadPlugin(name, directory);
    await expect(refused).rejects.toThrow(PluginError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('checkPlugin', () => {
  const algorithm = { name: 'Mine', summary: 'Nothing new.' };

  it.each(builtIn.map((one) => [one.name, one] as const))('takes %s as it would a plug-in', (name, one) => {
    expect(checkPlugin('ours', { apiVersion: 1, algorithms: [one] }).algorithms?.[0]?.name).toBe(name);
  });

  it.each([
    [
      'no algorithms',
      { apiVersion: 1, algorithms: [] },
      /malformed: expected at least one entry in algorithms, /,
    ],
    ['no name', { apiVersion: 1, algorithms: [{ summary: '.' }] }, /malformed: algorithms\.0\.name: /],
    [
      'arguments that are no schema',
      { apiVersion: 1, algorithms: [{ ...algorithm, arguments: {} }] },
      /algorithms\.0\.arguments: expected a zod object schema/,
    ],
    [
      'a step that is no function',
      { apiVersion: 1, algorithms: [{ ...algorithm, server: { step: 1 } }] },
      /algorithms\.0\.server\.step: expected a function/,
    ],
    [
      'an exchange without answers',
      { apiVersion: 1, algorithms: [{ ...algorithm, exchange: { round: () => 1 } }] },
      /algorithms\.0\.exchange\.answers: /,
    ],
    [
      'a hook that is no function',
      { apiVersion: 1, algorithms: [{ ...algorithm, check: 1 }] },
      /algorithms\.0\.check: expected a function/,
    ],
    [
      'another API version',
      { apiVersion: 2, algorithms: [algorithm] },
      /written for plug-in API 2, this is 1/,
    ],
    [
      'another API version, whatever its shape',
      { apiVersion: 2, algorithm },
      /written for plug-in API 2, this is 1/,
    ],
    [
      'a field that does not exist, such as one mistyped',
      { apiVersion: 1, algorithms: [{ ...algorithm, agregator: () => 1 }] },
      /algorithms\.0: .*"agregator"/,
    ],
    [
      'such a field of the server',
      { apiVersion: 1, algorithms: [{ ...algorithm, server: { sate: ['v'] } }] },
      /algorithms\.0\.server: .*"sate"/,
    ],
    [
      'a default that no run may have',
      { apiVersion: 1, algorithms: [{ ...algorithm, defaults: { rounds: 0 } }] },
      /algorithms\.0\.defaults\.rounds: /,
    ],
    [
      'a default of an argument that does not exist',
      { apiVersion: 1, algorithms: [{ ...algorithm, defaults: { round: 3 } }] },
      /algorithms\.0\.defaults: .*"round"/,
    ],
    [
      'a server that sends what it does not keep',
      { apiVersion: 1, algorithms: [{ ...algorithm, server: { state: ['v'], sends: ['c'] } }] },
      /algorithms\.0\.server\.sends: 'c' is none of its state/,
    ],
    [
      'a personal model that is not kept',
      { apiVersion: 1, algorithms: [{ ...algorithm, client: { personal: 'v_k' } }] },
      /algorithms\.0\.client\.personal: 'v_k' is none of its state/,
    ],
    ['something else', 'FedAvg', /malformed/],
  ])('refuses %s', (_what, exported, message) => {
    expect(() => checkPlugin('theirs', exported)).toThrow(message);
    // One line, for the end of a start.
    expect(() => checkPlugin('theirs', exported)).toThrow(/^plug-in 'theirs' is .*$/);
  });
});
