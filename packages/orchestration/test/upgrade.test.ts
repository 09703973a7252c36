import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkpointFolder,
  createLocalStore,
  createRecordStore,
  openDatabase,
  type RecordBody,
  type RecordKey,
  type RecordKind,
} from '@synergos/artifacts';
import { createRegistry } from '@synergos/fed-algorithms';
import { afterAll, expect, it } from 'vitest';
import { loadRun } from '../src/project/run-definition.js';
import { digestOfVersion010 } from '../src/project/run-digest.js';
import { createCheckpoints } from '../src/checkpoints/checkpoint.js';

/** Records and checkpoints that version 0.1.0 wrote: killed after round 4 of a training of 2,000. */
const FIXTURE = new URL('fixtures/version-0.1.0', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'synergos-upgrade-'));
cpSync(join(FIXTURE, 'outputs'), directory, { recursive: true });
const database = await openDatabase({ path: ':memory:' });
afterAll(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});
const scratch = createLocalStore(directory);
const records = createRecordStore(database);
const stored = JSON.parse(readFileSync(join(FIXTURE, 'records.json'), 'utf8')) as {
  readonly kind: RecordKind;
  readonly key: RecordKey;
  readonly body: RecordBody;
}[];
for (const { kind, key, body } of stored) await records.create(kind, key, body);
const ids = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
const load = () => loadRun(records, createRegistry(), ids);

async function checkpointsOf({ key, digest, earlierDigests }: Awaited<ReturnType<typeof load>>) {
  const owner = { job: 'another', definition: digest, earlierDefinitions: earlierDigests };
  return createCheckpoints({ scratch, folder: checkpointFolder(key), owner, keep: 2 });
}

it('resumes from a checkpoint of version 0.1.0', async () => {
  const checkpoints = await checkpointsOf(await load());
  const latest = await checkpoints.latest();
  expect(latest).toMatchObject({ round: 4, counted: { north: 4, south: 4 } });
  expect(Object.keys(latest?.state ?? {})).toEqual(['v']);
});

it('keeps the digest of stored records over versions, for any arguments that they fill in', async () => {
  const { digest, args, space, project } = await load();
  expect(digest).toBe('1:57a4b1d82a7c115a8f85db6d003a8c9775c4ea681e4ab05dbf8fe0a0baa14697');
  const run = (await records.get('Run', ids))?.body;
  const layers = (await records.get('Experiment', ids))?.body.model;
  const dataVersions = (await load()).dataVersions;
  const definition = { ...project.stored, layers, arguments: run, dataVersions };
  const later = { ...args, added_later: 1 } as typeof args;
  const record = readFileSync(join(FIXTURE, 'outputs/c/p/e/r/checkpoints/round-000004.json'), 'utf8');
  expect(JSON.parse(record)).toMatchObject({
    definition: digestOfVersion010(definition, later, project, space),
  });
});

it('keeps the digest when a field that is not an argument changes, such as the state of a trial', async () => {
  const { digest } = await load();
  await records.update('Run', ids, { trial: { state: 'running', rounds: 4 } });
  expect((await load()).digest).toBe(digest);
});

it('sets the checkpoint aside when an argument that the user stored is changed', async () => {
  await records.update('Run', ids, { lr: 0.25 });
  const checkpoints = await checkpointsOf(await load());
  expect(await checkpoints.latest()).toBeUndefined();
  expect(await checkpoints.clear()).toEqual({
    round: 4,
    reason: 'definition',
    folder: 'c/p/e/r/checkpoints-incompatible',
  });
});
