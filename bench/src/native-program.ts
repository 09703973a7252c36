import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const START_MS = 60_000;
const ANSWER_MS = 60_000;

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

/** A compiled C program that answers each line with one: it waits, idle, while another contender is timed. */
export interface NativeProgram extends AsyncDisposable {
  ask(): Promise<string>;
}

export interface NativeOptions {
  /** File under `bench/native`. */
  readonly source: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
  readonly compiler?: string;
}

/** Compiles and starts it. Throws `NoCompiler` where there is none. */
export async function startNative({
  source,
  flags,
  args,
  compiler = 'gcc',
}: NativeOptions): Promise<NativeProgram> {
  const directory = await mkdtemp(join(tmpdir(), 'synergos-bench-'));
  try {
    const program = join(directory, 'program');
    const file = fileURLToPath(new URL(`../native/${source}`, import.meta.url));
    await compile(compiler, [...flags, '-o', program, file]);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    // A program that has ended is told by its missing answer.
    child.stdin.on('error', () => undefined);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      async ask() {
        child.stdin.write('\n');
        const late = AbortSignal.timeout(ANSWER_MS);
        const gaveUp = once(late, 'abort').then(() => ({ done: true, value: undefined }) as const);
        const answer = await Promise.race([lines.next(), gaveUp]);
        if (answer.done === true)
          throw new Error(`the C program gave no answer (exit code ${child.exitCode})`);
        return answer.value;
      },
      async [Symbol.asyncDispose]() {
        child.kill();
        await exited;
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
    await promisify(execFile)(compiler, args, { timeout: START_MS });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new NoCompiler(compiler, { cause });
    throw cause;
  }
}
