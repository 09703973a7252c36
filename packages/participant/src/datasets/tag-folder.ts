import { lstat, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidTag } from '../errors.js';
import { TooManyFolders, walk } from './walk.js';

const MOST_FOLDERS = 10_000;
const MOST_DEPTH = 16;

/**
 * Resolves a tag to a folder below the data directory: the exact path or, if it has no metadata.json, the first folder in
 * sorted order with a metadata.json whose path contains all tokens in any order. Throws `InvalidTag` if there is none or
 * the tag leaves the data directory.
 */
export async function resolveTag(dataDirectory: string, tag: readonly string[]): Promise<string> {
  const odd = tag.find((token) => token === '' || token === '.' || token === '..' || /[/\\\0]/.test(token));
  if (odd !== undefined)
    throw new InvalidTag('tag_outside', tag, 'leaves the data directory: tokens are plain folder names');
  const root = await realpath(dataDirectory);
  const exact = await exactFolder(root, tag);
  if (exact !== undefined && (await hasMetadata(exact))) return exact;
  const found = await searchFolder(root, tag);
  if (found !== undefined) return found;
  if (exact !== undefined) return exact;
  throw new InvalidTag(
    'tag_missing',
    tag,
    'names no folder below the data directory, and no folder with a metadata.json has all its tokens in its path',
  );
}

async function exactFolder(root: string, tag: readonly string[]): Promise<string | undefined> {
  const folder = await realpath(join(root, ...tag)).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory()) return undefined;
  if (!folder.startsWith(root + sep))
    throw new InvalidTag('tag_outside', tag, 'leads out of the data directory by a symbolic link');
  return folder;
}

function hasMetadata(folder: string): Promise<boolean> {
  return lstat(join(folder, 'metadata.json')).then(
    () => true,
    () => false,
  );
}

async function searchFolder(root: string, tag: readonly string[]): Promise<string | undefined> {
  const limits = { mostFolders: MOST_FOLDERS, mostDepth: MOST_DEPTH, skipsUnreadable: true };
  try {
    for await (const { path, files } of walk(root, limits))
      if (files.includes('metadata.json') && tag.every((token) => path.includes(token)))
        return join(root, ...path);
  } catch (error) {
    if (!(error instanceof TooManyFolders)) throw error;
    const why = `names no exact path, and the search for its tokens ends after ${MOST_FOLDERS} folders: give the whole path`;
    throw new InvalidTag('tag_missing', tag, why);
  }
  return undefined;
}
