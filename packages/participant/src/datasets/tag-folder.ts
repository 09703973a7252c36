import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidTag } from '../errors.js';

/** The folder a tag names below the data directory. A tag that leaves it, by whatever way, is refused. */
export async function resolveTag(dataDirectory: string, tag: readonly string[]): Promise<string> {
  const odd = tag.find((token) => token === '' || token === '.' || token === '..' || /[/\\\0]/.test(token));
  if (odd !== undefined)
    throw new InvalidTag('tag_outside', tag, 'leaves the data directory: tokens are plain folder names');
  const root = await realpath(dataDirectory);
  const folder = await realpath(join(root, ...tag)).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory())
    throw new InvalidTag('tag_missing', tag, 'names no folder below the data directory');
  if (!folder.startsWith(root + sep))
    throw new InvalidTag('tag_outside', tag, 'leads out of the data directory by a symbolic link');
  return folder;
}
