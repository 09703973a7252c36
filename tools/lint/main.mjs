// Writes .oxlintrc.json from config.mjs; with --check, fails when the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { config } from './config.mjs';

const file = new URL('../../.oxlintrc.json', import.meta.url).pathname;
const text = await format(JSON.stringify(config), { ...(await resolveConfig(file)), filepath: file });
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('.oxlintrc.json is out of date: run `npm run lint:config`.\n');
  process.exitCode = 1;
}
