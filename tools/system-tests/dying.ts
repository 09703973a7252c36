import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEVER = 'nothing';

/**
 * Makes processes of an app that start from now on die at a given event; `file` contains the event. See
 * fixtures/die-while-writing.mjs.
 */
export function makeMortal(kind: 'BASIC' | 'CLUSTER', app: string, file: string) {
  const manifest = createRequire(import.meta.url).resolve(`${app}/package.json`);
  const hook = fileURLToPath(new URL('fixtures/die-while-writing.mjs', import.meta.url));
  const command = [process.execPath, '--import', hook, join(manifest, '..', 'dist', 'main.js')];
  process.env.DIE_WRITING = file;
  process.env[`SYNERGOS_DEMO_${kind}_COMMAND`] = JSON.stringify(command);
  const dieAt = (fatal: string) => writeFileSync(file, fatal);
  dieAt(NEVER);
  return { dieAt, live: () => dieAt(NEVER) };
}
