import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeUpdates } from './updates.js';

const MOST_MS = 600_000;

export interface OutOfCore {
  readonly seconds: number;
  /** Resident bytes of the process before it began, and most that it ever had. */
  readonly before: number;
  readonly most: number;
}

/** Computes the median of `count` updates of `size` float32 in files in a separate process. Requires the built package. */
export async function measureMedian(count: number, size: number): Promise<OutOfCore> {
  const directory = await mkdtemp(join(tmpdir(), 'synergos-bench-'));
  try {
    await writeUpdates(directory, count, size);
    const child = fileURLToPath(new URL('../../dist/out-of-core/child.js', import.meta.url));
    const args = [child, directory, `${count}`, `${size}`];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: MOST_MS });
    return JSON.parse(stdout) as OutOfCore;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
