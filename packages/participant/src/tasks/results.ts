import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pathPart } from '@synergos/contract/path-part';
import type { RunKey } from '@synergos/rpc-core';

/**
 * Writes files into the run's folder, or that of a kind of work in it, each whole or not at all. Returns the path of the first
 * relative to the outputs directory: absolute paths of this machine do not leave it.
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

/** Where all that belongs to a run lies on this side. */
export function runFolder(outputsDirectory: string, { collab, project, expt, run }: RunKey): string {
  const ids = [collab, project, expt, run].filter((id) => id !== undefined);
  return join(outputsDirectory, ...ids.map((id) => pathPart(id)));
}
