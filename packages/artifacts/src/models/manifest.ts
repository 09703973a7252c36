import { fileNameSchema, idSchema, OutOfBounds, parseBoundedJson, STORED_JSON } from '@synergos/contract';
import { z } from 'zod';
import { RunDamaged } from '../errors.js';
import type { ArtifactStore } from '../stores/artifact-store.js';
import { digestOf, type FileDigest } from '../stores/digest.js';
import { globalModelFile, manifestFile, runFolder, type RunIds } from './run-files.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal');
const json = z.record(z.string(), z.unknown());
const runSchema = z.object({ collab: idSchema, project: idSchema, expt: idSchema, run: idSchema });

const columns = z.array(z.string());
/** By kind of data. */
export const lacksSchema = z.object({ train: columns, evaluate: columns, predict: columns });
export type Lacks = z.infer<typeof lacksSchema>;

/** Origin and files of a run's model, stored next to it as `manifest.json`. */
export const manifestSchema = z.object({
  format: z.literal('synergos-model/1'),
  run: runSchema,
  /** The training job. */
  job: z.string(),
  created_at: z.string(),
  algorithm: z.string(),
  /** The run's arguments with defaults. */
  arguments: json,
  /** The experiment's layers. */
  model: z.array(json),
  rounds: z.number().int().nonnegative(),
  /** The round of the stored model; absent: the last round. */
  round: z.number().int().nonnegative().optional(),
  /** The model that the first round started from; null: freshly initialised from the seed. */
  parent: z.object({ run: runSchema, sha256 }).nullable(),
  /** Participants and the version of their data (SHA-256 over its files); null if a worker is too old to report it. */
  participants: z.record(idSchema, z.object({ data_version: z.string().nullable() })),
  /** Columns of the feature space that a participant's data lacked when it was aligned; absent in older manifests. */
  lacks: z.record(idSchema, lacksSchema).optional(),
  files: z.record(
    fileNameSchema,
    z.object({
      sha256,
      size_bytes: z.number().int().nonnegative(),
      /** Of a local model: the global model that its training started from. */
      parent: sha256.nullish(),
    }),
  ),
});
export type ModelManifest = z.infer<typeof manifestSchema>;

/** Resolves with `undefined` if the run has none. Rejects with `RunDamaged` if it cannot be parsed. */
export async function readManifest(store: ArtifactStore, ids: RunIds): Promise<ModelManifest | undefined> {
  const bytes = await store.get(manifestFile(ids));
  if (bytes === undefined) return undefined;
  try {
    return manifestSchema.parse(parseBoundedJson(bytes, STORED_JSON));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : error instanceof OutOfBounds
          ? error.message
          : 'it is not JSON';
    throw new RunDamaged(manifestFile(ids), why, error);
  }
}

/** Stores the manifest of a run. `names` are its files, with the digest if it is known and the parent of local models. */
export async function writeManifest(
  store: ArtifactStore,
  manifest: Omit<ModelManifest, 'format' | 'files'>,
  names: Readonly<Record<string, { readonly parent?: string; readonly digest?: FileDigest }>>,
): Promise<ModelManifest> {
  const folder = runFolder(manifest.run);
  const described: ModelManifest['files'] = {};
  for (const [name, { digest: known, ...particulars }] of Object.entries(names)) {
    const digest = known ?? (await digestOf(store, `${folder}/${name}`));
    if (digest === undefined) throw new RunDamaged(`${folder}/${name}`, 'it is missing');
    described[name] = { ...digest, ...particulars };
  }
  const whole: ModelManifest = { format: 'synergos-model/1', ...manifest, files: described };
  await store.put(manifestFile(manifest.run), `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

/**
 * Reads a file of the run once and compares it with the manifest. Rejects with `RunDamaged` if it differs or is missing. A
 * file that the manifest does not name is not compared.
 */
export async function checkFile(
  store: ArtifactStore,
  manifest: ModelManifest,
  name: string,
): Promise<FileDigest> {
  const path = `${runFolder(manifest.run)}/${name}`;
  const found = await digestOf(store, path);
  if (found === undefined) throw new RunDamaged(path, 'it is missing');
  const expected = manifest.files[name];
  if (
    expected !== undefined &&
    (found.sha256 !== expected.sha256 || found.size_bytes !== expected.size_bytes)
  )
    throw new RunDamaged(
      path,
      `it has ${found.size_bytes} bytes and the SHA-256 ${found.sha256}, the manifest says ${expected.size_bytes} and ${expected.sha256}`,
    );
  return found;
}

/**
 * Digest of the run's global model; `undefined` if it has none. Rejects with `RunDamaged` if the file is not the one in the
 * manifest. A run of an early version has no manifest and is not compared.
 */
export async function checkGlobalModel(store: ArtifactStore, ids: RunIds): Promise<FileDigest | undefined> {
  const manifest = await readManifest(store, ids);
  if (manifest === undefined) return digestOf(store, globalModelFile(ids));
  return checkFile(store, { ...manifest, run: ids }, globalModelFile(ids).split('/').at(-1) ?? '');
}

/** Digest of the run's global model in its manifest. */
export function globalDigest(manifest: ModelManifest): string | undefined {
  return manifest.files[globalModelFile(manifest.run).split('/').at(-1) ?? '']?.sha256;
}

/** Manifests of a model and its ancestors, itself first. Ends if a parent was deleted or trained again. */
export async function lineage(store: ArtifactStore, ids: RunIds): Promise<readonly ModelManifest[]> {
  const line: ModelManifest[] = [];
  let next = await readManifest(store, ids);
  while (next !== undefined && !line.some(({ run }) => runFolder(run) === runFolder(next!.run))) {
    line.push(next);
    const { parent } = next;
    const candidate = parent === null ? undefined : await readManifest(store, parent.run);
    next = candidate !== undefined && globalDigest(candidate) === parent?.sha256 ? candidate : undefined;
  }
  return line;
}
