// Module hooks: `./x.js` finds `./x.ts` where only that exists, and TypeScript loses its types.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../node_modules/.cache/source/', import.meta.url));

export function resolve(specifier, context, next) {
  if (/^(\.|\/|file:)/.test(specifier) && specifier.endsWith('.js')) {
    const url = new URL(specifier, context.parentURL);
    const source = fileURLToPath(url).replace(/\.js$/, '.ts');
    if (!existsSync(fileURLToPath(url)) && existsSync(source)) {
      url.pathname = url.pathname.replace(/\.js$/, '.ts');
      return { url: url.href, format: 'module', shortCircuit: true };
    }
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !/\.ts($|\?)/.test(url)) return next(url, context);
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true };
}

async function compiled(file) {
  const text = readFileSync(file, 'utf8');
  const kept = `${cache}${createHash('sha256').update(file).update(text).digest('hex')}.js`;
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const { transformSync } = await import('rolldown/utils');
  const { code, errors, map } = transformSync(file, text, { sourcemap: true });
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);
  const inline = Buffer.from(JSON.stringify(map)).toString('base64');
  const result = `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}`;
  mkdirSync(cache, { recursive: true });
  const temporary = `${kept}.${process.pid}`;
  writeFileSync(temporary, result);
  renameSync(temporary, kept);
  return result;
}
