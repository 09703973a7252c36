import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Processes, type Basic } from '@synergos/example-penguins/processes';
import { writeShells } from '@synergos/example-shells/shells';
import { writeCertificate } from './certificate.js';
import { eventually } from './federation.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-tls-'));
const authority = join(directory, 'authority.pem');
const processes = new Processes();
let basic: Basic;
beforeAll(async () => {
  const { cert, key } = await writeCertificate(directory);
  basic = await processes.startBasic(directory, ['--tls-cert', cert, '--tls-key', key]);
});
afterAll(async () => {
  await processes.stop();
  rmSync(directory, { recursive: true });
});

/** Calls the command line, which trusts the certificate only if it is configured. */
async function synergos(args: readonly string[], trusting = true): Promise<string> {
  const program = fileURLToPath(new URL('../../packages/driver/dist/cli/main.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    env: {
      ...process.env,
      SYNERGOS_URL: basic.url.replace('http:', 'https:'),
      SYNERGOS_TOKEN: basic.adminToken,
      ...(trusting ? { NODE_EXTRA_CA_CERTS: authority } : {}),
    },
  });
  return stdout;
}

it('a training runs over TLS from the command line through the TTP to the workers', async () => {
  await expect(synergos(['collaborations', 'list'], false)).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/self-signed certificate/),
  });
  await synergos(['collaborations', 'create', 'c']);
  await synergos(['projects', 'create', 'p', '--collab', 'c', '--action', 'regress']);
  const below = ['--collab', 'c', '--project', 'p'];
  for (const [index, id] of ['one', 'two'].entries()) {
    await synergos(['participants', 'create', id]);
    await synergos(['registrations', 'create', id, ...below, '--role', 'guest']);
    await synergos(['tags', 'create', id, ...below, '--train', 'train', '--evaluate', 'evaluate']);
    const { token } = JSON.parse(await synergos(['participants', 'token', id, '--json'])) as {
      token: string;
    };
    const home = join(directory, id);
    mkdirSync(home);
    writeShells(join(home, 'data'), index);
    const ttp = basic.dataUrl.replace('http:', 'https:');
    const dataDir = join(home, 'data');
    processes.startWorker(home, { id, ttp, token, dataDir, more: ['--tls-ca', authority] });
  }
  const layer = { l_type: 'Linear', is_input: true, structure: { in_features: 1, out_features: 1 } };
  await synergos(['experiments', 'create', 'e', ...below, '--model', JSON.stringify([layer])]);
  const run = ['r', ...below, '--expt', 'e'];
  const args = ['algorithm=FedAvg', 'criterion=MSELoss', 'lr_scheduler=none', 'lr=0.05'];
  const set = args.flatMap((argument) => ['--set', argument]);
  await synergos(['runs', 'create', ...run, '--rounds', '2', '--epochs', '1', ...set]);
  await synergos(['models', 'train', ...below, '--expt', 'e', '--run', 'r', '--json']);
  const [model] = JSON.parse(await synergos(['models', 'list', ...below, '--json'])) as { rounds: number }[];
  expect(model).toMatchObject({ run_id: 'r', rounds: 2 });
  for (const id of ['one', 'two'])
    expect(readFileSync(join(directory, id, 'worker.log'), 'utf8')).toContain('"url":"https://127.0.0.1');
  for (const log of ['ttp.log', 'one/worker.log', 'two/worker.log'])
    expect(readFileSync(join(directory, log), 'utf8')).not.toContain(basic.adminToken);
}, 120_000);

it('a worker that does not trust the certificate sends nothing to the TTP, and logs the remedy', async () => {
  await synergos(['participants', 'create', 'wary']);
  const { token } = JSON.parse(await synergos(['participants', 'token', 'wary', '--json'])) as {
    token: string;
  };
  const home = join(directory, 'wary');
  mkdirSync(home);
  writeShells(join(home, 'data'), 0);
  const ttp = basic.dataUrl.replace('http:', 'https:');
  processes.startWorker(home, { id: 'wary', ttp, token, dataDir: join(home, 'data') });
  const log = () =>
    existsSync(join(home, 'worker.log')) ? readFileSync(join(home, 'worker.log'), 'utf8') : '';
  await eventually('the worker says why', () => log().includes('certificate is not trusted'), 60_000);
  expect(log()).toMatch(/self-signed certificate.*with --tls-ca/);
  const status = await synergos(['participants', 'status', 'wary', '--json']);
  expect(JSON.parse(status)).toMatchObject({ connected: false });
  expect(JSON.parse(status)).not.toHaveProperty('lastSeen');
  expect(readFileSync(join(directory, 'ttp.log'), 'utf8')).not.toContain('"participant":"wary"');
  expect(log()).not.toContain(token);
}, 120_000);
