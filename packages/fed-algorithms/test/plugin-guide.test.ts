import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRegistry, loadPlugin, parseRunArguments } from '../src/index.js';

/** Inside the workspace, so that the plug-in finds this package as a user's plug-in does. */
const folder = join(import.meta.dirname, '..', 'node_modules', '.cache', 'plugin-guide');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('loads the plug-in of docs/guides/plugin-author.md and selects its aggregator', async () => {
  const guide = readFileSync(new URL('../../../docs/guides/plugin-author.md', import.meta.url), 'utf8');
  const code = /^```js\n([^]*?)^```$/m.exec(guide)?.[1];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'midrange.mjs'), code ?? '');
  const registry = createRegistry([await loadPlugin('./midrange.mjs', folder)]);
  const { arguments: args } = parseRunArguments(registry, { aggregator: 'midrange', midrange_shift: 1 });
  expect(args).toMatchObject({ aggregator: 'midrange', midrange_shift: 1 });
});
