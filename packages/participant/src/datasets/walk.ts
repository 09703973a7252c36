import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { readdir } from '../waiting-files.js';

/** A folder below the root of a walk. */
export interface VisitedFolder {
  /** Names of the folders from the root to it; the root's is empty. */
  readonly path: readonly string[];
  /** Names of its plain files, sorted. */
  readonly files: readonly string[];
}

export interface WalkOptions {
  /** Throws `TooManyFolders` if there are more folders. */
  readonly mostFolders: number;
  /** Folders further below the root are not visited. @defaultValue no bound but that of the file system */
  readonly mostDepth?: number;
  /** Whether to visit the folders within this one. @defaultValue all are visited */
  readonly enters?: (folder: VisitedFolder) => boolean;
  /** @defaultValue an unreadable folder throws the error of the operating system */
  readonly skipsUnreadable?: boolean;
}

export class TooManyFolders extends Error {}

/**
 * Visits a folder, then the folders in it, in code-unit order of their names. Skips hidden entries (names that start with
 * `.`, such as the `._*` files of macOS) and symbolic links, which could leave the root.
 */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<VisitedFolder> {
  const { mostFolders, mostDepth = Infinity, enters = () => true, skipsUnreadable = false } = options;
  const waiting: (readonly string[])[] = [[]];
  for (let visited = 0; waiting.length > 0; visited++) {
    if (visited === mostFolders) throw new TooManyFolders();
    const path = waiting.pop() ?? [];
    const entries = await readdir(join(root, ...path), { withFileTypes: true }).catch((error: unknown) => {
      if (skipsUnreadable) return [];
      throw error;
    });
    const named = (is: (entry: Dirent) => boolean) =>
      entries.flatMap((entry) => (!entry.name.startsWith('.') && is(entry) ? [entry.name] : [])).sort();
    const folder = { path, files: named((entry) => entry.isFile()) };
    yield folder;
    if (path.length >= mostDepth || !enters(folder)) continue;
    const within = named((entry) => entry.isDirectory()).map((name) => [...path, name]);
    waiting.push(...within.reverse());
  }
}
