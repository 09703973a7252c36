import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arrows } from '../lint/arrows.mjs';

export { arrows };

export const root = new URL('../..', import.meta.url).pathname;

/** The packages that exist; `arrows` may name one before its folder is there. */
export const packages = Object.keys(arrows).filter((name) => existsSync(join(root, 'packages', name)));

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly license?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
}

export function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
}

/** Source files of a package that are published, tests left out. */
export function sourcesOf(name: string): readonly string[] {
  return typescriptIn(join(root, 'packages', name, 'src'));
}

/** TypeScript files in a folder and below, tests left out. */
export function typescriptIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}
