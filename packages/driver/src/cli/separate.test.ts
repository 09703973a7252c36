import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('does not load the command line when the package is imported', () => {
  const source = new URL('..', import.meta.url).pathname;
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('cli'),
  );
  expect(files).toContain('index.ts');
  const imports = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, name = '']) => name),
  );
  expect(imports.filter((name) => /cli\/|commander|cli-table3|picocolors|bomb\.sh/.test(name))).toEqual([]);
});
