import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Driver } from '@synergos/driver';
import { Processes, type Basic } from '@synergos/example-penguins/processes';
import { writeShells } from '@synergos/example-shells/shells';
import { pythonThatHas, pythonWith, skipWithout } from './python.js';
import { writeNotebookData } from './notebook-data.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-original-client-'));
const processes = new Processes();
let basic: Basic;
beforeAll(async () => {
  basic = await processes.startBasic(directory);
});
afterAll(async () => {
  await processes.stop();
  rmSync(directory, { recursive: true });
});

/** Names of the folders in the outputs; names of the TTP's own files start with a dot. */
const collaborations = () => readdirSync(join(directory, 'outputs')).filter((name) => !name.startsWith('.'));

it('the cycle and the example notebooks of the original Python client run unchanged and leave no files behind', async (context) => {
  const program = pythonThatHas('requests') ?? (await pythonWith('requests', '2.34.2'));
  if (program === undefined) return skipWithout(context, 'python3 with requests, or with venv and pip');
  const { url, adminToken, dataUrl } = basic;
  const script = join(import.meta.dirname, 'fixtures', 'original_client.py');
  const host = `user:${adminToken}@${new URL(url).host}`;
  const client = (what: string) => promisify(execFile)(program, [script, host, what]);

  await client('connect');
  const driver = new Driver({ url, token: adminToken });
  for (const [index, id] of ['worker_1', 'worker_2'].entries()) {
    const { token } = await driver.participants.issueToken({ participant_id: id });
    const home = join(directory, id);
    mkdirSync(home);
    writeShells(join(home, 'data'), index);
    writeNotebookData(join(home, 'data'), index);
    processes.startWorker(home, { id, ttp: dataUrl, token, dataDir: join(home, 'data') });
  }
  await client('work');
  const predictions = join(directory, 'worker_2/outputs/collab/project/expt/run/predict/predictions.csv');
  expect(readFileSync(predictions, 'utf8').trim().split('\n')).toHaveLength(61);

  await client('notebooks');

  expect(collaborations()).toEqual(['collab']);
  await client('remove');
  expect(collaborations()).toEqual([]);
}, 240_000);
