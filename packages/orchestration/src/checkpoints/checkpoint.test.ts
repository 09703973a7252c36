import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalStore, namesIn } from '@synergos/artifacts';
import { afterAll, expect, it } from 'vitest';
import { createCheckpoints, type Checkpoint } from './checkpoint.js';
import { writeModel } from './global-model.js';
import { noStanding } from './standing.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-checkpoints-'));
afterAll(() => rmSync(directory, { recursive: true }));
const scratch = createLocalStore(directory);
const manifest = {
  tensors: [{ name: '0.weight', shape: [3], offset: 0, size: 3, trainable: true }],
  size: 3,
};
const open = (job: string, { definition = 'definition', completedJob = '', keep = 2 } = {}) =>
  createCheckpoints({ scratch, folder: 'kept', owner: { job, definition }, keep, completedJob });

/** A round's files, and the checkpoint that tells of them. */
async function at(round: number): Promise<Checkpoint> {
  const paths = open('job-1');
  const vector = (path: string) => writeModel(scratch, path, manifest, {}, [Float32Array.of(round, 2, 3)]);
  return {
    round,
    model: await vector(paths.modelPath(round)),
    carried: {},
    numbers: { mu: 0.9 },
    state: { 'momentum/1': await vector(paths.statePath(round, 'momentum/1')) },
    history: {
      firstLoss: 0.5,
      rounds: [{ round, train: { a: 0.5 }, evaluate: { a: { samples: 3, loss: 0.25, score: null } } }],
    },
    counted: { a: round },
    shares: { a: { updates: round, dropped: 0 } },
    standing: noStanding,
    completed: { at: '2026-01-01T00:00:00.000Z', seconds: round },
    parent: round === 1 ? null : 'a digest',
  };
}
const foldersLeft = () => readdir(directory);
const roundsKept = async () => (await namesIn(scratch, 'kept')).filter((name) => name.endsWith('.json'));

it('the newest checkpoint comes back as it was saved', async () => {
  const checkpoints = open('job-1');
  expect(await checkpoints.latest()).toBeUndefined();
  for (const round of [1, 2, 3]) await checkpoints.save(await at(round));
  await checkpoints.tidied();
  expect(await checkpoints.latest()).toEqual({ ...(await at(3)), job: 'job-1' });
});

it('one of a version before numbers were carried has none', async () => {
  const path = 'kept/round-000003.json';
  const { numbers, ...older } = JSON.parse(
    Buffer.from((await scratch.get(path)) ?? '').toString(),
  ) as Checkpoint;
  expect(numbers).toEqual({ mu: 0.9 });
  await scratch.put(path, JSON.stringify(older));
  expect((await open('job-1').latest())?.numbers).toEqual({});
  await scratch.put(path, JSON.stringify({ ...older, numbers }));
});

it('the last two are kept, with all their files', async () => {
  expect(await namesIn(scratch, 'kept')).toEqual([
    'round-000002.json',
    'round-000002.momentum%2F1.state.safetensors',
    'round-000002.safetensors',
    'round-000003.json',
    'round-000003.momentum%2F1.state.safetensors',
    'round-000003.safetensors',
  ]);
});

it('one before a round is found, for rounds that have to be done again', async () => {
  expect((await open('job-1').latest({ before: 3 }))?.round).toBe(2);
  expect(await open('job-1').latest({ before: 2 })).toBeUndefined();
});

it('another job goes on with them if it trains the same and they are not of a training that is complete', async () => {
  const roundOf = async (job: string, options: object) => (await open(job, options).latest())?.round;
  expect(await roundOf('job-2', {})).toBe(3);
  expect(await roundOf('job-2', { completedJob: 'job-1' })).toBeUndefined();
  expect(await roundOf('job-1', { completedJob: 'job-1' })).toBe(3);
  expect(await roundOf('job-2', { definition: 'another' })).toBeUndefined();
  expect(await roundOf('job-1', { definition: 'another' })).toBeUndefined();
});

it.each(['round-000003.json', 'round-000003.safetensors', 'round-000003.momentum%2F1.state.safetensors'])(
  'one whose %s is damaged is passed over for the one before',
  async (name) => {
    await open('job-1').save(await at(3));
    expect((await open('job-1').latest())?.round).toBe(3);
    await scratch.put(`kept/${name}`, 'damaged');
    expect((await open('job-1').latest())?.round).toBe(2);
    await scratch.delete(`kept/${name}`);
    expect((await open('job-1').latest())?.round).toBe(2);
  },
);

it('files of a round that was not saved count for nothing', async () => {
  await at(4);
  expect((await open('job-1').latest())?.round).toBe(2);
});

it('as many are kept as are asked for', async () => {
  const checkpoints = open('job-1', { keep: 3 });
  for (const round of [4, 5, 6, 7]) await checkpoints.save(await at(round));
  await checkpoints.tidied();
  expect(await roundsKept()).toEqual(['round-000005.json', 'round-000006.json', 'round-000007.json']);
});

it('clearing removes those that could be resumed from, and those of a complete training', async () => {
  expect(await open('job-1').clear()).toBeUndefined();
  expect(await foldersLeft()).toEqual([]);
  await open('job-1').save(await at(1));
  expect(await open('job-2', { definition: 'another', completedJob: 'job-1' }).clear()).toBeUndefined();
  expect(await foldersLeft()).toEqual([]);
});

it('clearing moves those of another definition aside with all their files', async () => {
  await open('job-1').save(await at(3));
  const names = await namesIn(scratch, 'kept');
  const aside = { round: 3, reason: 'definition', folder: 'kept-incompatible' };
  expect(await open('job-1', { definition: 'another' }).clear()).toEqual(aside);
  expect(await namesIn(scratch, 'kept')).toEqual([]);
  expect(await namesIn(scratch, 'kept-incompatible')).toEqual(names);
});

it('clearing moves those of a later format aside, in the place of earlier ones', async () => {
  const later = { format: 'synergos-checkpoint/3', job: 'job-1', definition: 'definition', round: 7 };
  await scratch.put('kept/round-000007.json', JSON.stringify(later));
  expect(await open('job-1').latest()).toBeUndefined();
  expect(await open('job-1').clear()).toMatchObject({ round: 7, reason: 'format' });
  expect(await namesIn(scratch, 'kept-incompatible')).toEqual(['round-000007.json']);
});

it('those of an earlier definition of the same training are resumed from', async () => {
  await open('job-1', { definition: 'earlier' }).save(await at(1));
  const owner = { job: 'job-1', definition: 'definition', earlierDefinitions: ['earlier'] };
  const checkpoints = createCheckpoints({ scratch, folder: 'kept', owner, keep: 2 });
  expect((await checkpoints.latest())?.round).toBe(1);
  await checkpoints.save(await at(2));
  expect((await open('job-1').latest())?.round).toBe(2);
});

it('the model of the best round stays as long as a kept checkpoint refers to it', async () => {
  const checkpoints = createCheckpoints({
    scratch,
    folder: 'best',
    owner: { job: 'job-1', definition: 'd' },
    keep: 2,
  });
  const vector = (path: string) => writeModel(scratch, path, manifest, {}, [Float32Array.of(1, 2, 3)]);
  const save = async (round: number, bestRound: number) => {
    const model = await vector(checkpoints.modelPath(round));
    const best = {
      round: bestRound,
      model: { ...model, path: checkpoints.modelPath(bestRound) },
      evaluate: {},
    };
    await checkpoints.save({ ...(await at(1)), round, model, state: {}, standing: { ...noStanding, best } });
    await checkpoints.tidied();
    return (await namesIn(scratch, 'best')).filter((name) => name.endsWith('.safetensors')).sort();
  };
  const named = (...rounds: number[]) => rounds.map((round) => `round-00000${round}.safetensors`);
  await save(1, 1);
  await save(2, 1);
  expect(await save(3, 1)).toEqual(named(1, 2, 3));
  expect(await save(4, 3)).toEqual(named(1, 3, 4));
  expect(await save(5, 3)).toEqual(named(3, 4, 5));
  expect(await save(6, 3)).toEqual(named(3, 5, 6));
  expect((await checkpoints.latest())?.standing.best?.round).toBe(3);
  await scratch.delete('best/round-000003.safetensors');
  expect(await checkpoints.latest()).toBeUndefined();
});

it('a record that is nested too deep counts as damaged: the one before is resumed from', async () => {
  const checkpoints = createCheckpoints({
    scratch,
    folder: 'deep',
    owner: { job: 'job-1', definition: 'd' },
    keep: 2,
  });
  for (const round of [1, 2]) await checkpoints.save(await at(round));
  const path = 'deep/round-000002.json';
  const text = Buffer.from((await scratch.get(path)) ?? '').toString();
  const nested = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  await scratch.put(path, text.replace('{', `{"extra":${nested},`));
  expect((await checkpoints.latest())?.round).toBe(1);
});
