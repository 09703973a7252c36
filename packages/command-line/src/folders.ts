import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a program uses a folder. */
export type FolderUse = 'read' | 'write';

/**
 * Creates the folder of an option if it is missing, and checks that it can be used. Returns whether it was created. The
 * error names the option, the folder, the user of this process and the remedy.
 */
export async function makeFolder(
  folder: string,
  option: string,
  { use = 'write' }: { readonly use?: FolderUse } = {},
): Promise<boolean> {
  let isNew: boolean;
  try {
    isNew = (await mkdir(folder, { recursive: true })) !== undefined;
  } catch (cause) {
    throw new Error(`${option}: the folder ${folder} cannot be made${whose()} (${codeOf(cause)})`, { cause });
  }
  try {
    await (use === 'read' ? readdir(folder) : probe(folder));
  } catch (cause) {
    const owner = await stat(folder).then(
      ({ uid }) => `; it belongs to user ${uid}`,
      () => '',
    );
    const uid = process.getuid?.();
    const remedy = uid === undefined ? '' : `. Run 'chown -R ${uid} ${folder}', or name another folder`;
    throw new Error(
      `${option}: the folder ${folder} cannot be ${use === 'read' ? 'read' : 'written'}${whose()} (${codeOf(cause)})${owner}${remedy}`,
      { cause },
    );
  }
  return isNew;
}

/** Writes a file into a folder and removes it. A start removes files of this name that a crash left. */
export async function probe(folder: string): Promise<void> {
  const file = join(folder, `.tmp-${randomUUID()}`);
  try {
    await writeFile(file, '.');
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

function whose(): string {
  const uid = process.getuid?.();
  return uid === undefined ? '' : ` by user ${uid}`;
}

function codeOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}
