import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packages, root } from './workspace.js';

/** Inside the workspace, so that the snippets find the packages as a user's module would. */
const folder = join(root, 'node_modules', '.cache', 'readme-snippets');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a package's README", () => {
  it.each(packages)('%s: its snippet runs', (name) => {
    const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
    const snippet = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
    expect(snippet, 'a snippet in a ts block').toBeDefined();
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, snippet ?? '');
    const { status, stderr } = spawnSync(process.execPath, [file], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
