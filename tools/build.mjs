// Builds all packages and says so in one line; Nx' own words are shown only where a build fails.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
process.stderr.write('Building …');
const startedMs = performance.now();
const { status, stdout, stderr } = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build'], {
  encoding: 'utf8',
});
if (status !== 0) {
  process.stderr.write(`\n${stdout}${stderr}`);
  process.exit(status ?? 1);
}
process.stderr.write(` done in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
