import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileStore } from '@synergos/artifacts';
import { afterAll, expect, it } from 'vitest';
import { createCheckpoints, type Checkpoint } from './checkpoint.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-checkpoints-'));
afterAll(() => rmSync(directory, { recursive: true }));
const files = createFileStore(directory);
const manifest = {
  tensors: [{ name: '0.weight', shape: [3], offset: 0, size: 3, trainable: true }],
  size: 3,
};
const open = (job: string, folder: string) => createCheckpoints(files, folder, job, manifest);

const at = (round: number): Checkpoint => ({
  round,
  weights: Float32Array.of(round, 2, 3),
  state: { momentum: Float32Array.of(4, 5, round), control: Float32Array.of(7, 8, 9) },
  history: {
    rounds: [{ round, train: { a: 0.5 }, evaluate: { a: { samples: 3, loss: 0.25, score: null } } }],
  },
});

it('the newest checkpoint comes back as it was saved', async () => {
  const checkpoints = open('job-1', 'kept');
  expect(await checkpoints.latest()).toBeUndefined();
  for (const round of [1, 2, 3]) await checkpoints.save(at(round));
  expect(await checkpoints.latest()).toEqual(at(3));
});

it('the last two are kept', async () => {
  expect(await files.list('kept')).toEqual(['round-000002.safetensors', 'round-000003.safetensors']);
});

it("another job's checkpoints are not taken up", async () => {
  expect(await open('job-2', 'kept').latest()).toBeUndefined();
});

it('a damaged one is passed over for the one before', async () => {
  await files.write('kept/round-000004.safetensors', 'damaged');
  expect(await open('job-1', 'kept').latest()).toEqual(at(3));
});

it('clearing removes them all', async () => {
  await open('job-1', 'kept').clear();
  expect(await files.list('kept')).toEqual([]);
});
