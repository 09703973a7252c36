import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = new URL('../..', import.meta.url).pathname;

/** Who may import whom, as docs/architecture.md has it. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  'rpc-core': ['contract'],
  'fed-algorithms': ['contract'],
  artifacts: ['contract'],
  scaling: ['contract'],
  logging: ['contract'],
  driver: ['contract'],
  networks: ['contract', 'fed-algorithms'],
  participant: ['contract', 'rpc-core', 'fed-algorithms', 'networks'],
  orchestration: ['contract', 'rpc-core', 'fed-algorithms', 'networks', 'artifacts', 'scaling'],
  'rest-api': ['contract', 'artifacts', 'scaling', 'orchestration'],
};
export const packages = Object.keys(arrows);

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
  const source = join(root, 'packages', name, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(source, file));
}
