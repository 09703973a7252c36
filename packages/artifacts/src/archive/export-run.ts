import type { Readable } from 'node:stream';
import { packTar, type TarSource } from 'modern-tar/fs';
import { RunDamaged } from '../errors.js';
import type { FileStore } from '../models/file-store.js';
import { checkFile, readManifest } from '../models/manifest.js';
import { manifestFile, runFolder, type RunIds } from '../models/run-files.js';
import type { RecordStore } from '../records/record-store.js';
import { MANIFEST_ENTRY, RECORDS_ENTRY, archivedRecordsSchema } from './run-archive.js';

/**
 * A trained run as one tar archive: its records, manifest, models and histories. Throws `RunDamaged` if a file is not what
 * the manifest says.
 */
export async function exportRun(records: RecordStore, files: FileStore, ids: RunIds): Promise<Readable> {
  const key = { collab_id: ids.collab, project_id: ids.project, expt_id: ids.expt, run_id: ids.run };
  const manifest = await readManifest(files, ids);
  if (manifest === undefined) throw new RunDamaged(manifestFile(ids), 'it is missing');
  for (const name of Object.keys(manifest.files)) await checkFile(files, { ...manifest, run: ids }, name);
  const bodyOf = async (kind: 'Project' | 'Experiment' | 'Run') => (await records.get(kind, key))?.body ?? {};
  const bodiesOf = async (kind: 'Validation' | 'Prediction') =>
    (await records.list(kind, key)).map(({ key: { participant_id }, body }) => ({ participant_id, ...body }));
  const archived = archivedRecordsSchema.parse({
    format: 'synergos-run/1',
    expt_id: ids.expt,
    run_id: ids.run,
    project: { action: (await bodyOf('Project')).action },
    experiment: await bodyOf('Experiment'),
    run: await bodyOf('Run'),
    validations: await bodiesOf('Validation'),
    predictions: await bodiesOf('Prediction'),
  });
  const sources: TarSource[] = [
    { type: 'content', target: RECORDS_ENTRY, content: `${JSON.stringify(archived, null, 2)}\n` },
    { type: 'file', target: MANIFEST_ENTRY, source: files.locate(manifestFile(ids)) },
    ...Object.keys(manifest.files).map((name): TarSource => ({
      type: 'file',
      target: name,
      source: files.locate(`${runFolder(ids)}/${name}`),
    })),
  ];
  // So that the same run is the same archive wherever and by whomever it is made.
  return packTar(sources, {
    map: (header) => ({
      ...header,
      uid: 0,
      gid: 0,
      uname: '',
      gname: '',
      mode: 0o644,
      mtime: new Date(manifest.created_at),
    }),
  });
}
