import { fileNameSchema, idSchema } from '@synergos/contract';
import { z } from 'zod';
import { RunDamaged } from '../errors.js';
import type { FileDigest, FileStore } from './file-store.js';
import { globalModelFile, manifestFile, runFolder, type RunIds } from './run-files.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal');
const json = z.record(z.string(), z.unknown());
const runSchema = z.object({ collab: idSchema, project: idSchema, expt: idSchema, run: idSchema });

const columns = z.array(z.string());
/** By kind of data. */
export const lacksSchema = z.object({ train: columns, evaluate: columns, predict: columns });
export type Lacks = z.infer<typeof lacksSchema>;

/** What a run's model was made from and what it consists of: written beside it, as `manifest.json`. */
export const manifestSchema = z.object({
  format: z.literal('synergos-model/1'),
  run: runSchema,
  /** The job that trained it. */
  job: z.string(),
  created_at: z.string(),
  algorithm: z.string(),
  /** The run's arguments, defaults filled in. */
  arguments: json,
  /** The experiment's layers. */
  model: z.array(json),
  rounds: z.number().int().nonnegative(),
  /** The round whose model is stored; absent: the last. */
  round: z.number().int().nonnegative().optional(),
  /** The model that the first round started from; null: freshly initialised from the seed. */
  parent: z.object({ run: runSchema, sha256 }).nullable(),
  /** Who trained, on which version of its data (SHA-256 over its files); null if its worker is too old to report it. */
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

/** undefined if the run has none. Throws `RunDamaged` if it cannot be read. */
export async function readManifest(files: FileStore, ids: RunIds): Promise<ModelManifest | undefined> {
  const bytes = await files.read(manifestFile(ids));
  if (bytes === undefined) return undefined;
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
    throw new RunDamaged(manifestFile(ids), why, error);
  }
}

/** Writes the manifest over files in the run's folder: `names`, with what is particular to each and the digest if it is known. */
export async function writeManifest(
  files: FileStore,
  manifest: Omit<ModelManifest, 'format' | 'files'>,
  names: Readonly<Record<string, { readonly parent?: string; readonly digest?: FileDigest }>>,
): Promise<ModelManifest> {
  const folder = runFolder(manifest.run);
  const described: ModelManifest['files'] = {};
  for (const [name, { digest: known, ...particulars }] of Object.entries(names)) {
    const digest = known ?? (await files.digest(`${folder}/${name}`));
    if (digest === undefined) throw new RunDamaged(`${folder}/${name}`, 'it is missing');
    described[name] = { ...digest, ...particulars };
  }
  const whole: ModelManifest = { format: 'synergos-model/1', ...manifest, files: described };
  await files.write(manifestFile(manifest.run), `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

/**
 * Reads a file of the run once and compares it with the manifest. Throws `RunDamaged` if it differs or is missing; a file
 * that the manifest does not name is not compared.
 */
export async function checkFile(
  files: FileStore,
  manifest: ModelManifest,
  name: string,
): Promise<FileDigest> {
  const path = `${runFolder(manifest.run)}/${name}`;
  const found = await files.digest(path);
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
 * Digest of the run's global model; undefined if it has none. Throws `RunDamaged` if the file is not the one that the
 * manifest names. A run without a manifest, of an early version, is not compared.
 */
export async function checkGlobalModel(files: FileStore, ids: RunIds): Promise<FileDigest | undefined> {
  const manifest = await readManifest(files, ids);
  if (manifest === undefined) return files.digest(globalModelFile(ids));
  return checkFile(files, { ...manifest, run: ids }, globalModelFile(ids).split('/').at(-1) ?? '');
}

/** Digest of the run's global model, as its manifest tells. */
export function globalDigest(manifest: ModelManifest): string | undefined {
  return manifest.files[globalModelFile(manifest.run).split('/').at(-1) ?? '']?.sha256;
}

/** A model and the models that it was trained from, itself first; ends where a parent is gone or was trained anew. */
export async function lineage(files: FileStore, ids: RunIds): Promise<readonly ModelManifest[]> {
  const line: ModelManifest[] = [];
  let next = await readManifest(files, ids);
  while (next !== undefined && !line.some(({ run }) => runFolder(run) === runFolder(next!.run))) {
    line.push(next);
    const { parent } = next;
    const candidate = parent === null ? undefined : await readManifest(files, parent.run);
    next = candidate !== undefined && globalDigest(candidate) === parent?.sha256 ? candidate : undefined;
  }
  return line;
}
