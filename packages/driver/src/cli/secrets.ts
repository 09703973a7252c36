import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Interrupted, WrongUse } from './failures.js';
import type { Shell } from './shell.js';

/** Reads a secret from a file; `-` is standard input, or a prompt if that is a terminal. */
export async function readSecret(shell: Shell, file: string): Promise<string> {
  if (file === '-') return shell.stdin.isTTY === true ? ask(shell, 'Token: ') : text(shell.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new WrongUse(`--token-file: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Prompts without showing the typed text. */
async function ask({ stdin, stderr }: Shell, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: stdin, output: nowhere, terminal: true });
  const stop = new AbortController();
  prompt.on('SIGINT', () => stop.abort()).on('close', () => stop.abort());
  stderr.write(question);
  try {
    return await prompt.question('', { signal: stop.signal });
  } catch {
    throw new Interrupted('nothing was saved');
  } finally {
    prompt.close();
    stderr.write('\n');
  }
}
