import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestOf, packages, root, sourcesOf } from './workspace.js';

const MOST_LINES = 400;

describe.each(packages)('package %s', (name) => {
  const manifest = manifestOf(name);

  it('declares every package that it imports', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    const imported = sourcesOf(name).flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(/\bfrom '([^'.][^']*)';|\bimport\('([^'.][^']*)'\)/g)].map(
        ([, a, b]) => a ?? b ?? '',
      );
    });
    const names = imported.map((path) =>
      path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/'),
    );
    const foreign = names.filter(
      (one) => !one.startsWith('node:') && !builtinModules.includes(one) && one !== manifest.name,
    );
    expect([...new Set(foreign)].filter((one) => !(one in declared))).toEqual([]);
  });

  it('has no source file too long to do one thing', () => {
    const long = sourcesOf(name).filter((file) => readFileSync(file, 'utf8').split('\n').length > MOST_LINES);
    expect(long).toEqual([]);
  });

  it('packs its build, sources and README, exports that exist, and no tests', () => {
    const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: join(root, 'packages', name),
      encoding: 'utf8',
    });
    const packed = JSON.parse(stdout) as
      { files: { path: string }[] }[] | Record<string, { files: { path: string }[] }>;
    const files = Object.values(packed).flatMap((one) => one.files.map(({ path }) => path));
    expect(files).toContain('README.md');
    expect(files).toContain('dist/index.js');
    expect(files).toContain('dist/index.d.ts');
    expect(files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
    const targets = JSON.stringify(manifest.exports).match(/(?<="\.\/)(dist|src)\/[^"]+/g) ?? [];
    const lacking = Object.entries(manifest.exports ?? {}).filter(
      ([, target]) => !Object.keys(target as object).includes('@synergos/source'),
    );
    expect(lacking.map(([entry]) => entry)).toEqual([]);
    expect(targets.filter((target) => !files.includes(target))).toEqual([]);
    expect(files).toContain('LICENSE');
    expect(manifest.license).toBe('Apache-2.0');
    for (const field of ['keywords', 'homepage', 'bugs', 'repository', 'publishConfig'])
      expect(manifest).toHaveProperty(field);
  });
});
