import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunKey } from '@synergos/rpc-core';

/** Writes `inference_statistics_<kind>.json` into the run's folder, whole or not at all; returns its path. */
export async function writeStatistics(
  outputsDirectory: string,
  { collab, project, expt = '', run = '' }: RunKey,
  kind: 'evaluate',
  statistics: object,
): Promise<string> {
  const folder = join(outputsDirectory, ...[collab, project, expt, run].map(pathPart), kind);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `inference_statistics_${kind}.json`);
  const temporary = join(folder, `.tmp-${randomUUID()}`);
  await writeFile(temporary, `${JSON.stringify(statistics, null, 2)}\n`, { flush: true });
  await rename(temporary, path);
  return path;
}

/** An id as one part of a path: never a separator, never `.` or `..`. */
function pathPart(id: string): string {
  return encodeURIComponent(id).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
}
