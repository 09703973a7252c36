import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** Specifiers of `import` and `export … from`, those of types included; text in comments is left out. */
const IMPORT = /^(?:import|export)\b[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

/** The files that each source file imports by a relative path. */
export function importsOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const specifiers = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map((match) =>
        match.slice(1).join(''),
      );
      const imported = specifiers
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(file), specifier.replace(/\.js$/, '.ts')))
        .filter((target) => known.has(target));
      return [file, [...new Set(imported)]];
    }),
  );
}

/**
 * Groups of files that reach each other by their imports, paths relative to `base`, sorted.
 * Tarjan: Depth-first search and linear graph algorithms (1972).
 */
export function circlesIn(
  imports: ReadonlyMap<string, readonly string[]>,
  base: string,
): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];

  function visit(file: string): number {
    order.set(file, order.size);
    let low = order.size - 1;
    stack.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (stack.includes(target)) low = Math.min(low, lowest.get(target) ?? order.get(target)!);
      lowest.set(file, low);
    }
    lowest.set(file, low);
    if (low === order.get(file)) {
      const group = stack.splice(stack.indexOf(file)).map((one) => relative(base, one));
      if (group.length > 1 || imports.get(file)?.includes(file)) circles.push(group.sort());
    }
    return low;
  }

  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}
