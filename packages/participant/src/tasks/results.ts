import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathPart } from '@synergos/contract/path-part';
import type { RunKey } from '@synergos/rpc-core';
import { writeFile } from '../waiting-files.js';

/**
 * Writes files atomically into the folder of a run, or into its sub-folder for a kind of task. Returns the path of the first
 * file relative to the outputs directory: absolute paths do not leave the machine.
 */
export async function writeResults(
  outputsDirectory: string,
  key: RunKey,
  kind: 'evaluate' | 'predict' | undefined,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(runFolder(outputsDirectory, key), kind ?? '');
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const temporary = join(folder, `.tmp-${randomUUID()}`);
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, join(folder, name));
  }
  const first = join(folder, Object.keys(files)[0] ?? '');
  return relative(outputsDirectory, first).replaceAll(sep, '/');
}

/** The folder of a run in the outputs directory. */
export function runFolder(outputsDirectory: string, { collab, project, expt, run }: RunKey): string {
  const ids = [collab, project, expt, run].filter((id) => id !== undefined);
  return join(outputsDirectory, ...ids.map((id) => pathPart(id)));
}
