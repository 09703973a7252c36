// Writes the generated pages of docs from the built packages; with --check, fails when one is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { cliPage } from './cli.mjs';
import { configurationPage } from './configuration.mjs';
import { failuresPage } from './failures.mjs';

const root = new URL('../..', import.meta.url).pathname;
/** By path below the root of the workspace. */
const pages = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/configuration.md': configurationPage,
  'docs/reference/failures.md': failuresPage,
};

const outdated = [];
for (const [path, page] of Object.entries(pages)) {
  const file = root + path;
  const text = await format(page(), { ...(await resolveConfig(file)), filepath: file });
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) outdated.push(path);
}
if (outdated.length > 0) {
  process.stderr.write(`out of date: ${outdated.join(', ')}; run \`npm run docs\`.\n`);
  process.exitCode = 1;
}
