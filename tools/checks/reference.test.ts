import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './workspace.js';

it('the generated pages of docs are up to date', () => {
  const { stderr } = spawnSync(process.execPath, [join(root, 'tools/reference/main.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
});
