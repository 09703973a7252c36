import { spawnSync } from 'node:child_process';

/** Runs a program to its end; what it says goes to standard error. Throws if it fails. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2], ...options });
  if (error) throw new Error(`${program} does not run: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ended with code ${status}: ${program} ${args.join(' ')}`);
}

export function succeeds(program, args, options = {}) {
  return spawnSync(program, args, { stdio: 'ignore', ...options }).status === 0;
}
