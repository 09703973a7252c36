import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { circlesIn, importsOf } from './circles.js';
import { root, typescriptIn } from './workspace.js';

/** File names of the circles that are left, by folder. Remove entries as they are resolved; add none. */
const REMAINING: Readonly<Record<string, readonly string[]>> = {};

const folders = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
);

it.each(folders)('%s has no files that import each other in a circle', (folder) => {
  const source = join(root, folder, 'src');
  if (!existsSync(source)) return;
  const circles = circlesIn(importsOf(typescriptIn(source)), source);
  const remaining = REMAINING[folder] ?? [];
  const added = circles.filter((circle) => !circle.every((file) => remaining.includes(basename(file))));
  expect(added, 'circles of imports').toEqual([]);
  const found = circles.flat().map((file) => basename(file));
  expect(found.toSorted(), 'entries of REMAINING that are resolved').toEqual(remaining.toSorted());
});

describe('circlesIn', () => {
  const circlesOf = (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), 'synergos-circles-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return circlesIn(importsOf(typescriptIn(folder)), folder);
  };

  it('finds a circle of types, of re-exports and of dynamic imports', () => {
    expect(
      circlesOf({
        'a.ts': `import type { B } from './b.js';\nexport type A = B;`,
        'b.ts': `export {\n  c,\n} from './c.js';`,
        'c.ts': `export const c = () => import('./a.js');`,
      }),
    ).toEqual([['a.ts', 'b.ts', 'c.ts']]);
  });

  it('keeps separate circles apart and leaves out files that only lead into one', () => {
    expect(
      circlesOf({
        'a.ts': `import './b.js';\nimport './c.js';`,
        'b.ts': `import { a } from './a.js';`,
        'c.ts': `import { d } from './d.js';`,
        'd.ts': `import { c } from './c.js';`,
        'top.ts': `import './a.js';`,
      }),
    ).toEqual([
      ['a.ts', 'b.ts'],
      ['c.ts', 'd.ts'],
    ]);
  });

  it('finds none where imports form a diamond', () => {
    expect(
      circlesOf({
        'a.ts': `import './b.js';\nimport './c.js';`,
        'b.ts': `import './d.js';`,
        'c.ts': `import './d.js';`,
        'd.ts': `export {};`,
      }),
    ).toEqual([]);
  });
});
