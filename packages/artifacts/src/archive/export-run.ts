import { Readable } from 'node:stream';
import { packTar, type TarSource } from 'modern-tar/fs';
import { RunDamaged } from '../errors.js';
import type { ArtifactStore } from '../stores/artifact-store.js';
import { checkFile, readManifest } from '../models/manifest.js';
import { manifestFile, runFolder, type RunIds } from '../models/run-files.js';
import type { RecordStore } from '../records/record-store.js';
import { MANIFEST_ENTRY, RECORDS_ENTRY, archivedRecordsSchema } from './run-archive.js';

/**
 * Packs a trained run as a tar archive: its records, manifest, models and histories. Rejects with `RunDamaged` if a file
 * does not match the manifest.
 */
export async function exportRun(records: RecordStore, store: ArtifactStore, ids: RunIds): Promise<Readable> {
  const key = { collab_id: ids.collab, project_id: ids.project, expt_id: ids.expt, run_id: ids.run };
  const manifest = await readManifest(store, ids);
  if (manifest === undefined) throw new RunDamaged(manifestFile(ids), 'it is missing');
  for (const name of Object.keys(manifest.files)) await checkFile(store, { ...manifest, run: ids }, name);
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
    await sourceOf(store, manifestFile(ids), MANIFEST_ENTRY),
  ];
  for (const name of Object.keys(manifest.files))
    sources.push(await sourceOf(store, `${runFolder(ids)}/${name}`, name));
  // The archive of a run is the same on every machine.
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

/** An artifact as an entry of a tar archive, opened when the entry is written. */
async function sourceOf(store: ArtifactStore, key: string, target: string): Promise<TarSource> {
  const info = await store.head(key);
  if (info === undefined) throw new RunDamaged(key, 'it is missing');
  const content = Readable.from(chunksOf(store, key), { objectMode: false });
  return { type: 'stream', target, size: info.sizeBytes, content };
}

async function* chunksOf(store: ArtifactStore, key: string): AsyncGenerator<Uint8Array> {
  const chunks = await store.stream(key);
  if (chunks === undefined) throw new RunDamaged(key, 'it is missing');
  yield* chunks as AsyncIterable<Uint8Array>;
}
