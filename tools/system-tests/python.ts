import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'synergos-tests');

/** A Python with a package, in an environment that is made once; undefined on a machine that cannot make one. */
export function pythonWith(name: string, version: string): string | undefined {
  const environment = join(CACHE, `${name}-${version}`);
  const program = join(environment, 'bin', 'python');
  if (existsSync(program)) return program;
  const making = `${environment}.${process.pid}`;
  try {
    mkdirSync(CACHE, { recursive: true });
    execFileSync('python3', ['-m', 'venv', '--clear', making], { stdio: 'ignore' });
    const install = ['-m', 'pip', '-q', 'install', `${name}==${version}`];
    execFileSync(join(making, 'bin', 'python'), install, { stdio: 'ignore' });
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
