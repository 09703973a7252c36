import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

it('a participant waits for its files while the process has no descriptors left', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'few-descriptors-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { stdout } = await promisify(execFile)('bash', [
    '-c',
    'ulimit -n 1024; exec "$0" "$1" "$2"',
    process.execPath,
    new URL('few-descriptors.mjs', import.meta.url).pathname,
    directory,
  ]);
  expect(stdout).toBe('EMFILE\n2\n');
});
