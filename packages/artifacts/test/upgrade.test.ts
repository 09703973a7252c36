import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  createLocalStore,
  digestOf,
  createMlflowFolder,
  globalDigest,
  lineage,
  readManifest,
  Tracking,
} from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

/** Files that version 0.1.0 wrote: a trained run, and its tracking entries, not yet sent to an MLflow server. */
const FIXTURE = new URL('fixtures/version-0.1.0', import.meta.url).pathname;
const JOB = '7719e1ec-ccfe-4c29-acfc-6ce01e043350';
const IDS = { collab: 'c', project: 'p', expt: 'e', run: 'done' };

function stored(): string {
  const directory = temporaryFolder();
  cpSync(FIXTURE, directory, { recursive: true });
  return directory;
}

it('reads a manifest of version 0.1.0 with the digests of its files', async () => {
  const files = createLocalStore(join(stored(), 'outputs'));
  const manifest = await readManifest(files, IDS);
  expect(manifest).toMatchObject({ algorithm: 'FedAvgM', rounds: 2, job: JOB });
  const { sha256 } = (await digestOf(files, 'c/p/e/done/global_model.safetensors')) ?? {};
  expect(sha256).toBe(manifest && globalDigest(manifest));
  expect(await lineage(files, IDS)).toEqual([manifest]);
});

it('sends the entries of an outbox of version 0.1.0', async () => {
  const directory = join(stored(), 'tracking');
  const lines = join(directory, JOB, 'entries.jsonl');
  writeFileSync(lines, readFileSync(lines, 'utf8').replaceAll('{directory}', directory));
  const folder = temporaryFolder();
  const tracking = await Tracking.open({
    directory,
    destinationOf: async () => ({ name: folder, tracker: createMlflowFolder(folder) }),
  });
  onTestFinished(() => tracking.close());
  await vi.waitFor(() => expect(readdirSync(directory)).toEqual([]), 10_000);
  const [experiment = ''] = readdirSync(folder).filter((name) => /^\d+$/.test(name));
  const [run = ''] = readdirSync(join(folder, experiment)).filter((name) => name !== 'meta.yaml');
  const at = (...path: string[]) => join(folder, experiment, run, ...path);
  expect(
    readFileSync(at('metrics', 'train', 'loss'), 'utf8')
      .trim()
      .split('\n'),
  ).toHaveLength(2);
  expect(readFileSync(at('meta.yaml'), 'utf8')).toMatch(/status.*3/);
  expect(readdirSync(at('artifacts', 'model'))).toEqual(['global_model.safetensors']);
});
