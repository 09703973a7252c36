import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const run = promisify(execFile);

/** Skips a test with a missing program; under CI the test fails. */
export function skipWithout(context: TestContext, program: string): void {
  if (process.env.CI !== undefined) throw new Error(`no ${program}`);
  context.skip(`no ${program}`);
}

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'synergos-tests');

/** A Python with a package, in an environment that is created once; undefined if this machine cannot create one. */
export async function pythonWith(name: string, version: string): Promise<string | undefined> {
  const environment = join(CACHE, `${name}-${version}`);
  const program = join(environment, 'bin', 'python');
  if (existsSync(program)) return program;
  const making = `${environment}.${process.pid}`;
  try {
    mkdirSync(CACHE, { recursive: true });
    await run('python3', ['-m', 'venv', '--clear', making]);
    const install = ['-m', 'pip', '-q', 'install', `${name}==${version}`];
    await run(join(making, 'bin', 'python'), install);
    if (!existsSync(environment)) renameSync(making, environment);
    return program;
  } catch (error) {
    if (process.env.CI !== undefined) throw error;
    return undefined;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** The machine's own Python, if it has the module. */
export function pythonThatHas(module: string): string | undefined {
  try {
    execFileSync('python3', ['-c', `import ${module}`], { stdio: 'ignore' });
    return 'python3';
  } catch {
    return undefined;
  }
}
