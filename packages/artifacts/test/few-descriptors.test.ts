import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

it('a local store waits while the process has no descriptors left', async () => {
  const script = new URL('few-descriptors.mjs', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)('bash', [
    '-c',
    'ulimit -n 1024; exec "$0" "$1" "$2"',
    process.execPath,
    script,
    temporaryFolder(),
  ]);
  expect(stdout).toBe('EMFILE\nsecond first\n');
});
