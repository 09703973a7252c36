import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { createReadiness } from './readiness.js';

const database = { answers: async () => true };

async function folder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'readiness-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

it('is ready while folders, descriptors and database can be used', async () => {
  const ready = createReadiness({ folders: { outputs: await folder() }, database, conditions: {} });
  expect(await ready()).toEqual([]);
});

it('names every reason, without a path', async () => {
  const gone = join(await folder(), 'gone');
  const file = join(await folder(), 'file');
  await writeFile(file, '');
  const ready = createReadiness({
    folders: { data: gone, outputs: file },
    database: { answers: async () => false },
    conditions: { 'the queue is not started': () => false, 'no broker': () => true },
  });
  expect(await ready()).toEqual([
    'the queue is not started',
    'data: ENOENT',
    'outputs: ENOTDIR',
    'database: it takes no writes',
  ]);
});

it('is not ready when the disk has too little space left', async () => {
  const folders = { outputs: await folder() };
  const ready = createReadiness({ folders, database, conditions: {}, leastFreeBytes: 2 ** 60 });
  expect(await ready()).toEqual([expect.stringMatching(/^outputs: only \d+ MiB are free$/)]);
});

it('looks at the disk once a second, however often it is asked', async () => {
  const outputs = await folder();
  const ready = createReadiness({ folders: { outputs }, database, conditions: {} });
  await ready();
  await rm(outputs, { recursive: true });
  expect(await ready()).toEqual([]);
});

it('is not ready without spare descriptors', async () => {
  const script = `
    import { closeSync, openSync } from 'node:fs';
    import { createReadiness } from ${JSON.stringify(new URL('readiness.js', import.meta.url).href)};
    const ready = createReadiness({
      folders: {},
      database: { answers: async () => true },
      conditions: {},
    });
    await ready();
    const descriptors = [];
    try {
      for (;;) descriptors.push(openSync('/dev/null'));
    } catch {}
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const reasons = await ready();
    for (const descriptor of descriptors) closeSync(descriptor);
    console.log(JSON.stringify(reasons));`;
  const run = 'ulimit -n 512; exec "$0" --input-type=module -e "$1"';
  const { stdout } = await promisify(execFile)('bash', ['-c', run, process.execPath, script]);
  expect(JSON.parse(stdout)).toEqual(['file descriptors: EMFILE']);
});
