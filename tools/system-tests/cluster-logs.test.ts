import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { islands } from '@synergos/example-penguins/penguins';
import { afterEach, describe, expect, it } from 'vitest';
import { hasRsyslog, Rsyslog } from '../../packages/logging/test/rsyslog.js';
import { ClusterFederation } from './cluster-federation.js';
import { EXPERIMENT, eventually, IDS } from './federation.js';
import { holds } from './holds.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Processes of a cluster with two grids. */
const PROCESSES = [
  'director/director',
  ...[0, 1].flatMap((grid) => [
    `ttp-${grid}/ttp`,
    ...islands.map((island) => `worker-${grid}-${island}/worker`),
  ]),
].map((name) => `${name}.log`);
/** Credentials of the processes in addition to their tokens. */
const MLFLOW = { MLFLOW_TRACKING_USERNAME: 'tracker', MLFLOW_TRACKING_PASSWORD: 'open-sesame-open-sesame' };
const BASIC = Buffer.from(Object.values(MLFLOW).join(':')).toString('base64');

/** Runs a cluster completely; returns the logs of all processes, from their files and from Graylog. */
async function runWith(options: readonly string[]) {
  const graylog = await Rsyslog.onFreePort();
  cleanups.push(() => graylog.close());
  await graylog.start();
  const federation = new ClusterFederation();
  cleanups.push(() => federation.close());
  const variant = ['--logging_variant', 'graylog', '127.0.0.1', String(graylog.port)];
  const tracked = { ...MLFLOW, SYNERGOS_MLFLOW_HOST: '127.0.0.1' };
  Object.assign(process.env, tracked);
  cleanups.push(async () => void Object.keys(tracked).map((name) => delete process.env[name]));
  const mlflow = await refusingServer();
  await federation.start({
    grids: 2,
    options: [...options, ...variant, '--debug', '--logging_resolution', '1'],
  });
  const { driver } = federation;
  const mlops = { host: '127.0.0.1', ports: { main: mlflow.port } };
  await driver.collaborations.update({ collab_id: IDS.collab_id, mlops });
  const ids = { ...IDS, expt_id: EXPERIMENT };
  // Enough jobs for both grids.
  const runs = ['logged', 'logged-too'];
  await driver.alignments.create(IDS);
  for (const run_id of runs) await federation.createRun(run_id, { rounds: 2, epochs: 100 });
  await Promise.all(runs.map((run_id) => driver.models.create({ ...ids, run_id })));
  await driver.validations.create({ ...ids, run_id: 'logged' });
  await federation.createRun('failing', { start_from: { expt_id: EXPERIMENT, run_id: 'failing-too' } });
  await expect(driver.models.create({ ...ids, run_id: 'failing' })).rejects.toThrow();
  const told = (message: string) => sentOf(message).length;
  const sentOf = (message: string) =>
    graylog.messages().filter(({ short_message: said }) => said === message);
  await eventually('all in Graylog', () => told('worker started') === 6 && told('job failed') === 1);
  await eventually('the password was shown', () => mlflow.shown.has(`Basic ${BASIC}`));
  const sent = graylog.messages();
  const { adminToken, url } = federation.director;
  return {
    sent,
    logs: federation.logs(),
    texts: [
      ...Object.values(federation.logs()).flatMap((log) => log.split('\n')),
      ...sent.map((message) => JSON.stringify(message)),
    ],
    secrets: [adminToken, ...federation.tokens, MLFLOW.MLFLOW_TRACKING_PASSWORD, BASIC],
    places: [
      federation.directory,
      hostname(),
      '127.0.0.1',
      'localhost',
      new URL(url).port,
      ...federation.ttps.flatMap((ttp) => [new URL(ttp.url).port, new URL(ttp.dataUrl).port]),
      String(federation.rabbitmq.port),
      String(mlflow.port),
      String(graylog.port),
    ],
  };
}

/** Replaces MLflow: it refuses every request, and returns its credentials in the response. */
async function refusingServer() {
  const shown = new Set<string | undefined>();
  const server = createServer(({ headers }, response) => {
    shown.add(headers.authorization);
    response.writeHead(401).end(`<html>not with Authorization: ${headers.authorization}</html>`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => void server.close());
  return { port: (server.address() as AddressInfo).port, shown };
}

describe.runIf(hasRsyslog())('the logs of a cluster', () => {
  it('contain no secret, and Graylog gets the records of each role', async () => {
    const { sent, logs, texts, secrets } = await runWith([]);
    expect(Object.keys(logs).sort()).toEqual([...PROCESSES].sort());
    for (const [file, log] of Object.entries(logs)) expect(log, file).toContain('"level":"info"');
    // The TTP logs the server's response without the credentials in it.
    expect(texts.find((text) => text.includes('it answers 401'))).toContain('[secret]');
    expect(secrets).toHaveLength(6);
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(sent.filter(({ _component: component }) => typeof component !== 'string')).toEqual([]);
    expect(new Set(sent.map(({ _role: role }) => role))).toEqual(
      new Set(['director', 'ttp', 'worker', 'sysmetrics']),
    );
    expect(sent.find(({ short_message: message }) => message === 'round completed')).toMatchObject({
      host: expect.stringMatching(/^ttp-[01]$/) as string,
      _run: expect.stringMatching(/^logged/) as string,
      _collab: IDS.collab_id,
      _round: expect.any(Number) as number,
      _job: expect.any(String) as string,
    });
    // The main thread's record of a job that the grid's thread ran.
    expect(sent.find(({ short_message: message }) => message === 'job failed')).toMatchObject({
      _component: 'jobs',
      _collab: IDS.collab_id,
      _project: IDS.project_id,
      _expt: EXPERIMENT,
      _run: 'failing',
      _job: expect.any(String) as string,
    });
  }, 180_000);

  it('contain no participant, host, port or path if they are censored', async () => {
    const { logs, texts, secrets, places } = await runWith(['--censored', '--censor', IDS.collab_id]);
    expect(Object.keys(logs)).toHaveLength(PROCESSES.length);
    for (const word of [...secrets, ...places, ...islands, IDS.collab_id])
      expect(
        texts.filter((text) => holds(text, word)),
        word,
      ).toEqual([]);
  }, 180_000);
});
