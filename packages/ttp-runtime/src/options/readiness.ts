import { open, statfs, type FileHandle } from 'node:fs/promises';
import { devNull } from 'node:os';
import { probe } from '@synergos/command-line';

const LEAST_FREE_BYTES = 16 * 2 ** 20;
const SPARE_DESCRIPTORS = 8;
/** Results are cached for this time: any caller may ask, and each check writes to the disk. */
const KEEP_MS = 1000;
const DATABASE_WITHIN_MS = 1000;

export interface ReadinessOptions {
  /** Folders that jobs write to, by the names in answers. */
  readonly folders: Readonly<Record<string, string>>;
  readonly database: { answers(withinMs: number): Promise<boolean> };
  /** Further conditions, by the reason given if they do not hold. */
  readonly conditions: Readonly<Record<string, () => boolean>>;
  readonly leastFreeBytes?: number;
}

/** The reasons why the process cannot take jobs, without paths; none if it is ready. */
export function createReadiness(options: ReadinessOptions): () => Promise<readonly string[]> {
  const { folders, database, conditions, leastFreeBytes = LEAST_FREE_BYTES } = options;
  let latest: { readonly reasons: Promise<readonly string[]>; readonly atMs: number } | undefined;

  return () => {
    if (latest === undefined || performance.now() - latest.atMs > KEEP_MS)
      latest = { reasons: look(), atMs: performance.now() };
    return latest.reasons;
  };

  async function look(): Promise<readonly string[]> {
    const unmet = Object.entries(conditions).flatMap(([words, holds]) => (holds() ? [] : [words]));
    const found = await Promise.all([
      ...Object.entries(folders).map(([name, folder]) => reasonOf(name, () => checkFolder(folder))),
      reasonOf('file descriptors', checkDescriptors),
      database.answers(DATABASE_WITHIN_MS).then((does) => (does ? [] : ['database: it takes no writes'])),
    ]);
    return [...unmet, ...found.flat()];
  }

  async function checkFolder(folder: string): Promise<void> {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free < leastFreeBytes) throw new Error(`only ${Math.floor(free / 2 ** 20)} MiB are free`);
    await probe(folder);
  }
}

async function checkDescriptors(): Promise<void> {
  const handles: FileHandle[] = [];
  try {
    for (let count = 0; count < SPARE_DESCRIPTORS; count++) handles.push(await open(devNull, 'r'));
  } finally {
    for (const handle of handles) await handle.close();
  }
}

async function reasonOf(name: string, check: () => Promise<void>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Messages of the operating system hold paths.
    return [`${name}: ${code ?? message}`];
  }
}
