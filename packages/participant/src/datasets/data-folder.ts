import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidDataset, UnreadableFile } from '../errors.js';
import type { FolderPlace } from './json-file.js';
import { readMetadata, type SettingsSchemas } from './metadata.js';
import { TooManyFolders, walk } from './walk.js';
import { openReadStream } from '../waiting-files.js';

const MOST_FOLDERS = 1000;

/** A data folder: its files, and the settings of its metadata.json. */
export interface DataFolder<Settings = unknown> extends FolderPlace {
  readonly datatype: string;
  /** Checked by the schema of the data type's pipeline. */
  readonly settings: Settings;
  /** Files of the folder and its sub-folders, relative to it with `/`, sorted by folder and name. */
  readonly files: readonly string[];
  /** Sub-folders left out because they hold a metadata.json: data sets of their own. */
  readonly nested: readonly string[];
}

/** Reads metadata.json and lists the files. Throws `InvalidDataset` or `UnreadableFile`. */
export async function openDataFolder(place: FolderPlace, schemas: SettingsSchemas): Promise<DataFolder> {
  const metadata = await readMetadata(place, schemas);
  const isNested = (path: readonly string[], files: readonly string[]) =>
    path.length > 0 && files.includes('metadata.json');
  const [files, nested]: [string[], string[]] = [[], []];
  try {
    for await (const visited of walk(place.folder, {
      mostFolders: MOST_FOLDERS,
      enters: (folder) => !isNested(folder.path, folder.files),
    }))
      if (isNested(visited.path, visited.files)) nested.push(visited.path.join('/'));
      else files.push(...visited.files.map((name) => [...visited.path, name].join('/')));
  } catch (error) {
    if (error instanceof TooManyFolders)
      throw new InvalidDataset(place.name, `has more than ${MOST_FOLDERS} sub-folders`);
    throw new UnreadableFile(place.name, 'the folder or one of its sub-folders', error);
  }
  return { ...place, ...metadata, files, nested };
}

/** Changes when a file changes, by size and time: results computed from the files are cached under it. */
export async function fingerprint(folders: readonly DataFolder[]): Promise<string> {
  const parts = folders.flatMap((folder) => folder.files.map((file) => ({ folder, file })));
  const lines = parts.map(async ({ folder, file }) => {
    const path = join(folder.folder, file);
    const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
      throw new UnreadableFile(folder.name, file, error);
    });
    return `${path}:${size}:${mtimeMs}`;
  });
  return (await Promise.all(lines)).join('\n');
}

/** SHA-256 over names and contents of all files: the version of the data. */
export async function dataVersion(folders: readonly DataFolder[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { folder, name, files } of folders)
    for (const file of files) {
      hash.update(`${file}\0`);
      try {
        for await (const chunk of await openReadStream(join(folder, file))) hash.update(chunk as Buffer);
      } catch (error) {
        throw new UnreadableFile(name, file, error);
      }
    }
  return hash.digest('hex');
}
