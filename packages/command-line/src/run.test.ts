import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

it('an app makes files and folders for its own user alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'umask-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = new URL('./run.js', import.meta.url).href;
  const script = `
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { runApp } from ${JSON.stringify(run)};
    process.umask(0o022);
    await runApp(async () => {
      mkdirSync(${JSON.stringify(join(folder, 'made'))});
      writeFileSync(${JSON.stringify(join(folder, 'made', 'file'))}, '');
      return { close: async () => undefined };
    });
    process.exit(0);`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect([modeOf(join(folder, 'made')), modeOf(join(folder, 'made', 'file'))]).toEqual(['700', '600']);
});
