import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { Options } from './commands.js';
import { WrongUse } from './failures.js';
import type { Session } from './session.js';

export function addOutputOptions(command: Command): void {
  command
    .option(
      '-o, --output <file>',
      'file to write; - writes standard output (default: its name in the current folder)',
    )
    .option('--force', 'overwrite an existing file');
}

/** Checks that the output file may be written, then fetches and saves the content. */
export async function saveOutput(
  { shell, show, json }: Session,
  options: Options,
  name: string,
  fetchIt: () => Promise<ReadableStream<Uint8Array> | Uint8Array>,
): Promise<void> {
  const { output = name, force = false } = options as { readonly output?: string; readonly force?: boolean };
  if (output === '-' && json) throw new WrongUse('--json and --output - exclude each other');
  const file = resolve(output);
  if (output !== '-' && !force && existsSync(file))
    throw new WrongUse(`${output} exists; give another --output, or overwrite it with --force`);
  const fetched = await fetchIt();
  const source = fetched instanceof Uint8Array ? Readable.from([fetched]) : Readable.fromWeb(fetched);
  if (output === '-') return pipeline(source, shell.stdout, { end: false });
  const bytes = await writeWhole(file, source);
  show({ file, bytes }, () => `saved ${output} (${bytes} bytes)`);
}

/** Writes a file atomically. Resolves with its size in bytes. */
async function writeWhole(file: string, source: Readable): Promise<number> {
  const fresh = `${file}.${randomUUID()}`;
  try {
    const target = createWriteStream(fresh, { flags: 'wx' });
    await pipeline(source, target);
    await rename(fresh, file);
    return target.bytesWritten;
  } catch (error) {
    await rm(fresh, { force: true });
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined || syscall === 'read') throw error;
    throw new WrongUse(`${file} cannot be written (${code}); give another --output`);
  }
}
