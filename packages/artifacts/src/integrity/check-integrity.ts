import type { FileStore } from '../models/file-store.js';
import { readManifest } from '../models/manifest.js';
import { globalModelFile, runFolder, type RunIds } from '../models/run-files.js';
import type { RecordKey, RecordStore } from '../records/record-store.js';

export interface Fault {
  readonly kind: 'damaged_file' | 'missing_file' | 'orphan_folder' | 'unreadable_manifest';
  /** Relative to the outputs directory. */
  readonly path: string;
  readonly message: string;
}

export interface IntegrityReport {
  readonly models: number;
  readonly files: number;
  readonly faults: readonly Fault[];
}

/** Compares records and files: every model's files against its manifest, every folder against the records. */
export async function checkIntegrity(records: RecordStore, files: FileStore): Promise<IntegrityReport> {
  const faults: Fault[] = [];
  let checked = 0;
  const models = await records.list('Model');
  for (const { key } of models) checked += await checkModel(files, idsOf(key), faults);
  const runs = new Set((await records.list('Run')).map(({ key }) => runFolder(idsOf(key))));
  for (const folder of await foldersAt(files, 4))
    if (!runs.has(folder))
      faults.push({
        kind: 'orphan_folder',
        path: folder,
        message: 'no run has this folder; look at what lies in it, and remove it',
      });
  return { models: models.length, files: checked, faults };
}

async function checkModel(files: FileStore, ids: RunIds, faults: Fault[]): Promise<number> {
  const folder = runFolder(ids);
  const remedy = 'train the run again, or delete it and import it from an archive';
  let manifest;
  try {
    manifest = await readManifest(files, ids);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    faults.push({ kind: 'unreadable_manifest', path: `${folder}/manifest.json`, message });
    return 0;
  }
  const expected = manifest?.files ?? { [globalModelFile(ids).slice(folder.length + 1)]: undefined };
  for (const [name, told] of Object.entries(expected)) {
    const path = `${folder}/${name}`;
    const found = await files.digest(path);
    if (found === undefined) faults.push({ kind: 'missing_file', path, message: `it is gone; ${remedy}` });
    else if (told !== undefined && (found.sha256 !== told.sha256 || found.size_bytes !== told.size_bytes))
      faults.push({
        kind: 'damaged_file',
        path,
        message: `it is not what was written: ${found.size_bytes} bytes with SHA-256 ${found.sha256}; ${remedy}`,
      });
  }
  return Object.keys(expected).length;
}

async function foldersAt(files: FileStore, depth: number, below = ''): Promise<readonly string[]> {
  if (depth === 0) return [below];
  const found = await Promise.all(
    (await files.folders(below)).map((name) =>
      foldersAt(files, depth - 1, below === '' ? name : `${below}/${name}`),
    ),
  );
  return found.flat();
}

function idsOf({ collab_id = '', project_id = '', expt_id = '', run_id = '' }: RecordKey): RunIds {
  return { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
}
