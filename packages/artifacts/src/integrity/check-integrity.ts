import type { ArtifactStore } from '../stores/artifact-store.js';
import { digestOf } from '../stores/digest.js';
import { readManifest } from '../models/manifest.js';
import { globalModelFile, runFolder, type RunIds } from '../models/run-files.js';
import type { RecordKey, RecordStore } from '../records/record-store.js';

export interface Fault {
  readonly kind: 'damaged_file' | 'missing_file' | 'orphan_folder' | 'unreadable_manifest';
  /** Key in the artifact store. */
  readonly path: string;
  readonly message: string;
}

/** Collaboration, project, experiment, run. */
const RUN_DEPTH = 4;

export interface IntegrityReport {
  readonly models: number;
  readonly files: number;
  readonly faults: readonly Fault[];
}

/** Compares records and artifacts: the files of each model with its manifest, and each folder with the records. */
export async function checkIntegrity(records: RecordStore, store: ArtifactStore): Promise<IntegrityReport> {
  const faults: Fault[] = [];
  let checked = 0;
  const models = await records.list('Model');
  for (const { key } of models) checked += await checkModel(store, idsOf(key), faults);
  const runs = new Set((await records.list('Run')).map(({ key }) => runFolder(idsOf(key))));
  for (const folder of await foldersOfRuns(store))
    if (!runs.has(folder))
      faults.push({
        kind: 'orphan_folder',
        path: folder,
        message: 'no run has this folder; check its files and remove it',
      });
  return { models: models.length, files: checked, faults };
}

async function checkModel(store: ArtifactStore, ids: RunIds, faults: Fault[]): Promise<number> {
  const folder = runFolder(ids);
  const remedy = 'train the run again, or delete it and import it from an archive';
  let manifest;
  try {
    manifest = await readManifest(store, ids);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    faults.push({ kind: 'unreadable_manifest', path: `${folder}/manifest.json`, message });
    return 0;
  }
  const expected = manifest?.files ?? { [globalModelFile(ids).slice(folder.length + 1)]: undefined };
  for (const [name, described] of Object.entries(expected)) {
    const path = `${folder}/${name}`;
    const found = await digestOf(store, path);
    if (found === undefined) faults.push({ kind: 'missing_file', path, message: `it is missing; ${remedy}` });
    else if (
      described !== undefined &&
      (found.sha256 !== described.sha256 || found.size_bytes !== described.size_bytes)
    )
      faults.push({
        kind: 'damaged_file',
        path,
        message: `it has changed since it was written: ${found.size_bytes} bytes with SHA-256 ${found.sha256}; ${remedy}`,
      });
  }
  return Object.keys(expected).length;
}

/** Folders four levels deep, sorted. */
async function foldersOfRuns(store: ArtifactStore): Promise<readonly string[]> {
  const folders = new Set<string>();
  for await (const { key } of store.list('')) {
    const parts = key.split('/');
    if (parts.length > RUN_DEPTH) folders.add(parts.slice(0, RUN_DEPTH).join('/'));
  }
  return [...folders].sort();
}

function idsOf({ collab_id = '', project_id = '', expt_id = '', run_id = '' }: RecordKey): RunIds {
  return { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
}
