import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { whenDescriptorsAllow } from '@synergos/contract';

/** More than the length of a batch of 1000 lines. */
const TAIL_BYTES = 64 * 1024;

/**
 * Appends the lines that the end of the file does not have yet: lines written before a process died are not written
 * again, and an incomplete line is removed.
 */
export async function appendLines(path: string, lines: readonly string[]): Promise<void> {
  const file = await whenDescriptorsAllow(() => open(path, 'a+')).catch(
    async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(dirname(path), { recursive: true });
      return open(path, 'a+');
    },
  );
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size - start), 0, size - start, start);
    const tail = buffer.subarray(0, bytesRead).toString('latin1');
    const whole = tail.slice(0, tail.lastIndexOf('\n') + 1);
    if (whole.length < tail.length) await file.truncate(start + whole.length);
    const known = new Set(whole.split('\n'));
    const fresh = lines.filter((line) => !known.has(line));
    if (fresh.length > 0) await file.appendFile(`${fresh.join('\n')}\n`);
  } finally {
    await file.close();
  }
}
