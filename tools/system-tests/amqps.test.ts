import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Processes, type Director } from '@synergos/example-penguins/processes';
import { PrivateRabbitmq } from '@synergos/services';
import { writeCertificate } from './certificate.js';
import { eventually } from './federation.js';

const USER = 'synergos-of-the-test';
const PASSWORD = 'hunter2-and-more';
const directory = mkdtempSync(join(tmpdir(), 'synergos-amqps-'));
const processes = new Processes();
let authority: string;
let rabbitmq: PrivateRabbitmq;
beforeAll(async () => {
  const tls = await writeCertificate(directory);
  authority = tls.cert;
  rabbitmq = await PrivateRabbitmq.start({ tls, login: { user: USER, password: PASSWORD } });
}, 120_000);
beforeEach(() => {
  vi.stubEnv('SYNERGOS_QUEUE_USER', USER);
  vi.stubEnv('SYNERGOS_QUEUE_PASSWORD', PASSWORD);
});
afterAll(async () => {
  await processes.stop();
  await rabbitmq.stop();
  rmSync(directory, { recursive: true });
});

const folder = (name: string) => {
  mkdirSync(join(directory, name), { recursive: true });
  return join(directory, name);
};
const startDirector = (name: string, ...more: string[]) =>
  processes.startDirector(folder(name), rabbitmq.port, more);
const log = (name: string, file = 'director.log') => readFileSync(join(directory, name, file), 'utf8');

async function call(director: Director, path: string) {
  const response = await fetch(`${director.url}${path}`, {
    headers: { authorization: `Bearer ${director.adminToken}` },
  });
  return { status: response.status, body: (await response.json()) as { data?: unknown[] } };
}

it('director and TTP connect over TLS to a RabbitMQ with a trusted certificate', async () => {
  const secure = ['--queue-secure', '--queue-ca', authority];
  const director = await startDirector('trusting', ...secure);
  await processes.startCluster(folder('ttp'), {
    id: 'ttp-0',
    grid: 0,
    queuePort: rabbitmq.port,
    director: folder('trusting'),
    more: secure,
  });
  const grids = await eventually('the TTP is heard of by RabbitMQ', async () => {
    const { body } = await call(director, '/ttp/grids');
    return body.data?.length === 1 && body.data;
  });
  expect(grids).toMatchObject([{ ttp: 'ttp-0', grid: 0 }]);
  expect((await call(director, '/readyz')).status).toBe(200);
  for (const text of [log('trusting'), log('ttp', 'ttp.log')]) {
    expect(text).toContain('connected to RabbitMQ');
    expect(text).not.toMatch(/Warning|is not reached/);
    expect(text).not.toContain(PASSWORD);
  }
}, 120_000);

it.each([
  ['with an untrusted certificate', ['--queue-secure'], /self-signed certificate.*--queue-ca/],
  [
    'by a wrong password',
    ['--queue-secure', '--queue-ca', 'AUTHORITY', '--queue-password', 'wrong-secret'],
    /403/,
  ],
])(
  'a RabbitMQ %s is not used, and the log has the remedy and no secret',
  async (name, args, expected) => {
    const director = await startDirector(name, ...args.map((arg) => (arg === 'AUTHORITY' ? authority : arg)));
    await eventually('the log says why', () => log(name).includes('cannot reach RabbitMQ'));
    const line = log(name)
      .split('\n')
      .find((one) => one.includes('cannot reach RabbitMQ'))!;
    expect(line).toMatch(expected);
    expect((await call(director, '/ttp/grids')).status).toBe(200);
    expect(log(name)).not.toContain('connected to RabbitMQ');
    for (const secret of [PASSWORD, 'wrong-secret']) expect(log(name)).not.toContain(secret);
  },
  60_000,
);

it('a RabbitMQ without TLS is reported as such', async () => {
  const plain = await PrivateRabbitmq.start();
  try {
    await processes.startDirector(folder('plain'), plain.port, ['--queue-secure', '--queue-ca', authority]);
    await eventually('the log says why', () => log('plain').includes('does not use TLS'));
    expect(log('plain')).toContain('omit --queue-secure');
    expect(log('plain')).not.toContain(PASSWORD);
  } finally {
    await plain.stop();
  }
}, 120_000);
