import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrows, manifestOf, packages, root } from './workspace.js';

const names = Object.keys(arrows);

/** A tree like this one with the same lint configuration, where each package imports every other one. */
const tree = mkdtempSync(join(tmpdir(), 'synergos-arrows-'));
let report = '';

beforeAll(() => {
  copyFileSync(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
  for (const name of names) {
    const source = join(tree, 'packages', name, 'src');
    mkdirSync(source, { recursive: true });
    for (const other of names) {
      writeFileSync(join(source, `imports-${other}.ts`), `export * from '@synergos/${other}';\n`);
      writeFileSync(
        join(source, `reaches-into-${other}.ts`),
        `export * from '../../${other}/src/index.js';\n`,
      );
    }
    writeFileSync(join(source, 'imports-container.ts'), `export * from 'tsyringe';\n`);
    writeFileSync(join(source, 'imports-app.ts'), `export * from '@synergos/ttp-basic';\n`);
  }
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format', 'unix'], {
    cwd: tree,
    encoding: 'utf8',
  });
  report = stdout;
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

const isRefused = (name: string, file: string) =>
  report
    .split('\n')
    .some(
      (line) => line.includes(`packages/${name}/src/${file}.ts`) && line.includes('no-restricted-imports'),
    );

describe('arrows', () => {
  it('name every package', () => {
    expect(packages.toSorted()).toEqual(
      readdirSync(join(root, 'packages'))
        .filter((name) => name !== 'python')
        .toSorted(),
    );
  });

  it('are in the lint configuration, which is up to date', () => {
    const { stderr } = spawnSync(process.execPath, [join(root, 'tools/lint/main.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });
});

describe.each(names)('package %s', (name) => {
  const allowed = arrows[name] ?? [];
  const forbidden = names.filter((other) => other !== name && !allowed.includes(other));

  it.each(forbidden)('may not import %s', (other) => {
    expect(isRefused(name, `imports-${other}`)).toBe(true);
  });

  it('may import what its arrows point at', () => {
    expect(allowed.filter((other) => isRefused(name, `imports-${other}`))).toEqual([]);
  });

  it('reaches into no other package by a path', () => {
    const others = names.filter((other) => other !== name);
    expect(others.filter((other) => !isRefused(name, `reaches-into-${other}`))).toEqual([]);
  });

  it('knows neither container nor app', () => {
    expect(isRefused(name, 'imports-container')).toBe(true);
    expect(isRefused(name, 'imports-app')).toBe(true);
  });

  it.runIf(packages.includes(name))('depends on nothing its arrows do not point at', () => {
    const own = Object.keys(manifestOf(name).dependencies ?? {}).filter((one) =>
      one.startsWith('@synergos/'),
    );
    expect(own.filter((one) => !allowed.includes(one.slice('@synergos/'.length)))).toEqual([]);
  });
});
