import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { issuesOf, issuesText } from '@synergos/fed-algorithms';
import { z } from 'zod';
import { InvalidDataset } from '../errors.js';

const MOST_JSON_BYTES = 10 * 1024 * 1024;

const operationsSchema = z.looseObject({
  /** Numeric columns: by this participant's minimum and maximum, by all participants', or not at all. */
  scaling: z.enum(['local', 'federated', 'none']).default('local'),
  imputation: z
    .object({
      numeric: z.enum(['median', 'mean', 'zero']).default('median'),
      category: z.enum(['most_frequent']).default('most_frequent'),
    })
    .prefault({}),
});
export type Operations = z.infer<typeof operationsSchema>;

const metadataSchema = z.object({
  datatype: z.enum(['tabular', 'image', 'text']),
  operations: operationsSchema.prefault({}),
});

/** Where a data folder lies. */
export interface FolderPlace {
  readonly folder: string;
  /** Its tag, for messages: they may leave this machine, its paths may not. */
  readonly name: string;
}

/** A folder with data: what its metadata says, and its files. */
export interface DatasetFolder extends FolderPlace {
  readonly datatype: 'tabular' | 'image' | 'text';
  readonly operations: Operations;
  /** Names of its files, sorted. */
  readonly files: readonly string[];
}

export async function openDatasetFolder({ folder, name }: FolderPlace): Promise<DatasetFolder> {
  const metadata = metadataSchema.safeParse(await readJson({ folder, name }, 'metadata.json'));
  if (!metadata.success)
    throw new InvalidDataset(name, `metadata.json: ${issuesText(issuesOf(metadata.error))}`);
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  return { folder, name, files, ...metadata.data };
}

export async function readJson(place: FolderPlace, file: string): Promise<unknown> {
  const path = join(place.folder, file);
  try {
    // A link could lead out of the data directory.
    const entry = await lstat(path);
    if (!entry.isFile()) throw new Error('is not a plain file');
    if (entry.size > MOST_JSON_BYTES)
      throw new Error(`has ${entry.size} bytes; at most ${MOST_JSON_BYTES} are read`);
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'is missing'
      : `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new InvalidDataset(place.name, `${file} ${why}`, { cause });
  }
}

/** Changes whenever a file does, without reading it: what was prepared from the files may be kept so long. */
export async function fingerprint(folders: readonly DatasetFolder[]): Promise<string> {
  const parts = folders.flatMap(({ folder, files }) => files.map((name) => join(folder, name)));
  const stats = await Promise.all(parts.map(async (path) => [path, await stat(path)] as const));
  return stats.map(([path, { size, mtimeMs }]) => `${path}:${size}:${mtimeMs}`).join('\n');
}

/** SHA-256 over names and contents of all files: the version of the data. */
export async function dataVersion(folders: readonly DatasetFolder[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { folder, files } of folders)
    for (const name of files) {
      hash.update(`${name}\0`);
      for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
    }
  return hash.digest('hex');
}
