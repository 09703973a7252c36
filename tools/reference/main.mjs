// Writes the generated pages of docs from the built packages. With --check, fails if a page is out of date, or if a shell
// block of a document calls a program with a command or an option that it does not have.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { cliPage } from './cli.mjs';
import { configurationPage } from './configuration.mjs';
import { eventsPage } from './events.mjs';
import { wrongExamples } from './examples.mjs';
import { failuresPage } from './failures.mjs';
import { runArgumentsPage } from './run-arguments.mjs';

const root = new URL('../..', import.meta.url).pathname;
/** By path below the root of the workspace. */
const pages = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/configuration.md': configurationPage,
  'docs/reference/events.md': eventsPage,
  'docs/reference/failures.md': failuresPage,
  'docs/reference/run-arguments.md': runArgumentsPage,
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
if (process.argv.includes('--check'))
  for (const document of documents())
    for (const problem of wrongExamples(readFileSync(root + document, 'utf8'))) {
      process.stderr.write(`${document}: ${problem}\n`);
      process.exitCode = 1;
    }
if (outdated.length > 0) {
  process.stderr.write(`out of date: ${outdated.join(', ')}; run \`npm run docs\`.\n`);
  process.exitCode = 1;
}

function documents() {
  const files = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'];
  const listed = execFileSync('git', files, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  return listed.filter((file) => existsSync(root + file));
}
