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
const open = (job: string, { definition = 'definition', completedJob = '', keep = 2 } = {}) =>
  createCheckpoints({ files, folder: 'kept', owner: { job, definition }, manifest, keep, completedJob });

const at = (round: number): Checkpoint => ({
  round,
  weights: Float32Array.of(round, 2, 3),
  state: { momentum: Float32Array.of(4, 5, round), control: Float32Array.of(7, 8, 9) },
  history: {
    rounds: [{ round, train: { a: 0.5 }, evaluate: { a: { samples: 3, loss: 0.25, score: null } } }],
  },
  parent: round === 1 ? null : 'a digest',
});

it('the newest checkpoint comes back as it was saved', async () => {
  const checkpoints = open('job-1');
  expect(await checkpoints.latest()).toBeUndefined();
  for (const round of [1, 2, 3]) await checkpoints.save(at(round));
  expect(await checkpoints.latest()).toEqual(at(3));
});

it('the last two are kept', async () => {
  expect(await files.list('kept')).toEqual(['round-000002.safetensors', 'round-000003.safetensors']);
});

it('one before a round is found, for rounds that have to be done again', async () => {
  expect(await open('job-1').latest({ before: 3 })).toEqual(at(2));
  expect(await open('job-1').latest({ before: 2 })).toBeUndefined();
});

it('another job goes on with them if it trains the same and they are not of a training that is complete', async () => {
  expect(await open('job-2').latest()).toEqual(at(3));
  expect(await open('job-2', { completedJob: 'job-1' }).latest()).toBeUndefined();
  expect(await open('job-1', { completedJob: 'job-1' }).latest()).toEqual(at(3));
  expect(await open('job-2', { definition: 'another' }).latest()).toBeUndefined();
  expect(await open('job-1', { definition: 'another' }).latest()).toBeUndefined();
});

it('as many are kept as are asked for', async () => {
  const checkpoints = open('job-1', { keep: 3 });
  for (const round of [4, 5]) await checkpoints.save(at(round));
  expect(await files.list('kept')).toHaveLength(3);
  await files.remove('kept/round-000004.safetensors');
  await files.remove('kept/round-000005.safetensors');
});

it('a damaged one is passed over for the one before', async () => {
  await files.write('kept/round-000004.safetensors', 'damaged');
  expect(await open('job-1').latest()).toEqual(at(3));
});

it('clearing removes them all', async () => {
  await open('job-1').clear();
  expect(await files.list('kept')).toEqual([]);
});
