import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLineProgram, type LineProgram } from './line-program.js';

const NUMPY = 'numpy>=2,<3';
const INSTALL_MS = 300_000;
const ENVIRONMENT = fileURLToPath(new URL('../../node_modules/.cache/bench-python', import.meta.url));

/** Starts a script of `bench/python` in a separate virtual environment with numpy, which is created if missing. */
export async function startPython(script: string, args: readonly string[]): Promise<LineProgram> {
  const python = join(ENVIRONMENT, 'bin', 'python');
  const run = promisify(execFile);
  try {
    await access(join(ENVIRONMENT, 'complete'));
  } catch {
    await run('python3', ['-m', 'venv', '--clear', ENVIRONMENT], { timeout: INSTALL_MS }).catch(
      (cause: unknown) => {
        throw new Error(
          'this benchmark compares with numpy and needs python3 with venv (Debian: apt-get install python3-venv)',
          { cause },
        );
      },
    );
    await run(python, ['-m', 'pip', 'install', '--quiet', NUMPY], { timeout: INSTALL_MS });
    await run('touch', [join(ENVIRONMENT, 'complete')]);
  }
  return startLineProgram(python, [fileURLToPath(new URL(`../python/${script}`, import.meta.url)), ...args]);
}
