import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { skipWithout } from './python.js';

const root = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'synergos-rest-document-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

it('the example in docs/reference/rest.md runs unchanged and trains a useful model', async (context) => {
  for (const program of ['bash', 'curl'])
    if (spawnSync(program, ['--version']).error !== undefined) return skipWithout(context, program);
  const document = readFileSync(join(root, 'docs', 'reference', 'rest.md'), 'utf8');
  const blocksOf = (language: string) =>
    [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
      ([, code = '']) => code,
    );
  const [driver = ''] = blocksOf('js');
  // The document's paths lead to the checkout, but its output goes to another folder.
  for (const folder of ['apps', 'examples', 'node_modules', 'packages'])
    symlinkSync(join(root, folder), join(directory, folder));
  mkdirSync(join(directory, 'ttp'));
  writeFileSync(join(directory, 'driver.mjs'), driver);
  const ports = [await freePort(), await freePort()] as const;
  const script = [
    'set -euo pipefail',
    `trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT`,
    ...blocksOf('sh'),
    'export TOKEN',
    'node --preserve-symlinks-main driver.mjs',
  ].join('\n');
  const withPorts = (text: string) =>
    text.replaceAll('5000', String(ports[0])).replaceAll('8020', String(ports[1]));
  writeFileSync(join(directory, 'driver.mjs'), withPorts(driver));
  const shell = spawn('bash', ['-c', withPorts(script)], { cwd: directory });
  let [output, errors] = ['', ''];
  shell.stdout.on('data', (data: Buffer) => (output += data.toString()));
  shell.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const [code] = (await once(shell, 'close')) as [number];
  expect(code, `${output.slice(-3000)}\n${errors}`).toBe(0);
  const scores = [...output.matchAll(/"?R2"?: ?([-\d.]+)/g)].map(([, score]) => Number(score));
  expect(scores.length).toBeGreaterThanOrEqual(4);
  for (const score of scores) expect(score).toBeGreaterThan(0.5);
  expect(output).toContain('event: round_completed');
  expect(output).toContain('file,row,prediction');
  expect(output).not.toContain('"success":0');
}, 120_000);
