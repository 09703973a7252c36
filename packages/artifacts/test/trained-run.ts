import {
  createLocalStore,
  createRecordStore,
  globalLossHistoryFile,
  globalModelFile,
  writeManifest,
  type ScratchStore,
  type RecordStore,
} from '../src/index.js';
import { emptyDatabase } from './open-database.js';
import { temporaryFolder } from './temporary-folder.js';

export const IDS = { collab: 'c', project: 'p', expt: 'e', run: 'r' };
export const KEY = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
export const MODEL = [{ l_type: 'Linear', structure: { in_features: 2 } }];

export interface Place {
  readonly root: string;
  readonly records: RecordStore;
  readonly files: ScratchStore;
}

/** Artifacts and scratch files in one directory, as by default. */
export const storageOf = (files: ScratchStore) => ({ artifacts: files, scratch: files });

/** Records of one project to regress, and an empty store. */
export async function place(): Promise<Place> {
  const root = temporaryFolder();
  const records = createRecordStore(await emptyDatabase());
  await records.create('Collaboration', KEY, {});
  await records.create('Project', KEY, { action: 'regress' });
  return { root, records, files: createLocalStore(root) };
}

/** A run with a model of `size` bytes. */
export async function trainedRun(size = 1_000_000): Promise<Place> {
  const made = await place();
  const { records, files } = made;
  await records.create('Experiment', KEY, { model: MODEL });
  await records.create('Run', KEY, { rounds: 3 });
  await records.create('Participant', { participant_id: 'alice' }, {});
  await files.put(
    globalModelFile(IDS),
    Uint8Array.from({ length: size }, (_, at) => at * 7),
  );
  await files.put(globalLossHistoryFile(IDS), '{"train": [0.5]}');
  await files.put('c/p/e/r/checkpoints/round-000003.safetensors', 'a checkpoint');
  const manifest = {
    run: IDS,
    job: 'job',
    created_at: '2026-01-01T00:00:00.000Z',
    algorithm: 'FedAvg',
    arguments: { rounds: 3 },
    model: MODEL,
    rounds: 3,
    parent: null,
    participants: { alice: { data_version: 'v1' } },
  };
  await writeManifest(files, manifest, { 'global_model.safetensors': {}, 'global_loss_history.json': {} });
  await records.put('Model', KEY, { global: { origin: 'ttp' }, rounds: 3 });
  await records.put(
    'Validation',
    { ...KEY, participant_id: 'alice' },
    { evaluate: { statistics: { R2: 1 } } },
  );
  return made;
}
