import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLineProgram, type LineProgram } from './line-program.js';

const COMPILE_MS = 60_000;

export class NoCompiler extends Error {
  readonly code = 'no_compiler';

  constructor(compiler: string, options?: ErrorOptions) {
    super(
      `this benchmark compares with C and needs '${compiler}' on the PATH (Debian: apt-get install gcc)`,
      options,
    );
    this.name = 'NoCompiler';
  }
}

export interface NativeOptions {
  /** File under `bench/native`. */
  readonly source: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
  readonly compiler?: string;
}

/** Compiles and starts the program. Throws `NoCompiler` if no compiler is found. */
export async function startNative({
  source,
  flags,
  args,
  compiler = 'gcc',
}: NativeOptions): Promise<LineProgram> {
  const directory = await mkdtemp(join(tmpdir(), 'synergos-bench-'));
  try {
    const path = join(directory, 'program');
    const file = fileURLToPath(new URL(`../native/${source}`, import.meta.url));
    await compile(compiler, [...flags, '-o', path, file]);
    const program = startLineProgram(path, args);
    return {
      ask: (line) => program.ask(line),
      async [Symbol.asyncDispose]() {
        await program[Symbol.asyncDispose]();
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function compile(compiler: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(compiler, args, { timeout: COMPILE_MS });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new NoCompiler(compiler, { cause });
    throw cause;
  }
}
