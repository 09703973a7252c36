import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { islands } from '@synergos/example-penguins/penguins';
import { FaultProxy } from '@synergos/fault-proxy';
import { freePort } from '@synergos/services';
import { afterEach, describe, expect, it } from 'vitest';
import { hasRsyslog, Rsyslog } from '../../packages/logging/test/rsyslog.js';
import { holds } from './holds.js';
import { EXPERIMENT, eventually, Federation, IDS, RUN } from './federation.js';

const WRONG_TOKEN = 'syn_w_wrong-wrong-wrong';

/** Fields of a record of a training, in addition to its run. */
const ABOUT = {
  collab: IDS.collab_id,
  project: IDS.project_id,
  expt: EXPERIMENT,
  job: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
};

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A full run, with a worker that is not admitted and one that dies; returns the logs of all of them. */
async function runWith(options: readonly string[]) {
  const federation = new Federation();
  cleanups.push(() => federation.close());
  const ports = [await freePort(), await freePort()].map(String);
  const [port = '', dataPort = ''] = ports;
  const common = [...options, '--debug', '--logging_resolution', '1'];
  await federation.start({ ttp: [...common, '--port', port, '--data-port', dataPort], worker: common });
  const stranger = {
    id: 'dream',
    token: WRONG_TOKEN,
    folder: 'dream',
    log: 'refused',
    more: common,
  } as const;
  federation.startStranger(stranger);
  await federation.createRun('logged', { rounds: 3, epochs: 5 });
  await federation.train('logged');
  await federation.killWorker('dream');
  federation.startWorker('dream', common);
  await federation.driver.validations.create({ ...IDS, expt_id: EXPERIMENT, run_id: 'logged' });
  ports.push(await trainOverABadLine(federation, common));
  await eventually('the refusal', () => federation.workerLog('refused').includes('refuses this worker'));
  // Its model is to start from one that does not exist.
  await federation.createRun('failing', { start_from: { expt_id: EXPERIMENT, run_id: 'failing-too' } });
  await expect(federation.train('failing')).rejects.toThrow();
  const { metrics } = await scrape(federation);
  const secrets = [federation.basic.adminToken, WRONG_TOKEN, ...federation.tokens];
  const logs = [
    federation.ttpLog(),
    ...readdirSync(join(federation.directory, 'islands')).map((folder) => federation.workerLog(folder)),
  ];
  const lines = logs.flatMap((log) => log.split('\n').filter((line) => line !== ''));
  return {
    federation,
    lines,
    records: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    secrets,
    ports,
    metrics,
  };
}

/** Interrupts an update of a wider model on its way from one worker; returns the port that this worker dials. */
async function trainOverABadLine(federation: Federation, options: readonly string[]): Promise<string> {
  const { driver, basic } = federation;
  const target = Number(new URL(basic.dataUrl).port);
  // The first connection is its control connection.
  const proxy = await FaultProxy.start(target, {
    plan: (connection) => (connection === 0 ? {} : { cutAfterBytes: 30_000 }),
  });
  cleanups.push(() => proxy[Symbol.asyncDispose]());
  await federation.killWorker('dream');
  federation.startWorker('dream', options, proxy.url);
  const linear = (in_features: number, out_features: number, activation: string, is_input: boolean) => ({
    ...{ l_type: 'Linear', structure: { in_features, out_features, bias: true } },
    ...{ activation, is_input },
  });
  const model = [linear(1, 1000, 'relu', true), linear(1000, 3, 'softmax', false)];
  await driver.experiments.create({ ...IDS, expt_id: 'wide', model });
  const run = { ...IDS, expt_id: 'wide', run_id: 'cut' };
  await driver.runs.create({ ...run, ...RUN, rounds: 1, epochs: 1 });
  await driver.models.create(run);
  return String(proxy.port);
}

async function scrape({ basic }: Federation): Promise<{ readonly metrics: string }> {
  const answer = await fetch(new URL('/metrics', basic.url), {
    headers: { authorization: `Bearer ${basic.adminToken}` },
  });
  return { metrics: await answer.text() };
}

/** Records that need a GPU or occur rarely. */
const rare = ['card metrics', 'participant dropped', 'log records were lost on their way to Graylog'];

/** Messages and fields that the dashboards of the content pack show. */
function askedFor(): readonly (readonly [string, readonly string[]])[] {
  const file = join(import.meta.dirname, '../../docker/graylog/content-pack.json');
  const text = readFileSync(file, 'utf8');
  const pairs = [
    ...text.matchAll(/"query_string": "message:\\"(.+?)\\""[^]*?"(?:id|function)": "\w+\((\w*)\)"/g),
  ];
  return pairs.map(([, message = '', field = '']) => [message, field === '' ? [] : [field]]);
}

const graylogHere = hasRsyslog();

describe('the logs of a full run', () => {
  it('contain no secret, have the fields of their context, and are complete while Graylog is unavailable', async () => {
    const { lines, records, secrets, metrics } = await runWith(['-l', 'graylog', '127.0.0.1', '9']);
    expect(secrets.filter((secret) => secret.length > 16)).toHaveLength(5);
    for (const secret of secrets) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
    for (const name of ['node', 'role', 'component'])
      expect(records.filter((record) => typeof record[name] !== 'string')).toEqual([]);
    expect(records.find(({ msg }) => msg === 'round completed')).toMatchObject({
      role: 'ttp',
      component: 'orchestration',
      ...ABOUT,
      run: 'logged',
      round: expect.any(Number) as number,
      location: expect.stringMatching(/^orchestration\/dist\/.*\.js:\d+$/) as string,
    });
    expect(records.find(({ msg }) => msg === 'job failed')).toMatchObject({
      component: 'jobs',
      ...ABOUT,
      run: 'failing',
      kind: 'train',
    });
    // The data plane's thread learns of jobs only by their tasks.
    expect(records.find(({ msg }) => String(msg).startsWith('upload interrupted'))).toMatchObject({
      role: 'ttp',
      component: 'data-plane',
      ...ABOUT,
      expt: 'wide',
      run: 'cut',
      round: 1,
      participant: 'dream',
    });
    expect(records.find(({ msg }) => String(msg).startsWith('transfer interrupted'))).toMatchObject({
      role: 'worker',
      component: 'data-plane',
      collab: ABOUT.collab,
      project: ABOUT.project,
      expt: 'wide',
      run: 'cut',
      round: 1,
      participant: 'dream',
    });
    expect(records.find(({ msg }) => msg === 'trained')).toMatchObject({
      role: 'worker',
      participant: expect.stringMatching(/^(biscoe|dream|torgersen)$/) as string,
      run: 'logged',
      round: expect.any(Number) as number,
    });
    expect(records.find(({ role }) => role === 'sysmetrics')).toHaveProperty('cpu_percent');
    expect(metrics).toMatch(/^synergos_system_memory_used_bytes \d+$/m);
    // The dashboards for Graylog use existing fields.
    for (const [message, fields] of askedFor()) {
      const found = records.findLast(({ msg }) => msg === message);
      if (rare.includes(message)) continue;
      for (const field of fields) expect(found, `${message}: ${field}`).toHaveProperty(field);
    }
    // Once per process: the TTP, three workers, the refused one, and the restarted one, twice.
    const away = records.filter(({ msg }) => String(msg).startsWith('Graylog cannot be reached'));
    expect(away).toHaveLength(7);
    expect(away[0]).toMatchObject({
      level: 'warn',
      port: 9,
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
  }, 180_000);

  it.runIf(graylogHere)(
    'contain no participant, host, port or path if they are censored, on disk and in Graylog',
    async () => {
      const graylog = await Rsyslog.onFreePort();
      cleanups.push(() => graylog.close());
      await graylog.start();
      const address = ['127.0.0.1', String(graylog.port)];
      const { federation, lines, records, secrets, ports } = await runWith([
        '-l',
        'graylog',
        ...address,
        '--censored',
        '--censor',
        IDS.collab_id,
      ]);
      const sent = await eventually('all processes in Graylog', () => {
        const messages = graylog.messages();
        return new Set(messages.map(({ host }) => host)).size === 7 && messages;
      });
      const inPlay = [
        ...secrets,
        ...islands,
        IDS.collab_id,
        federation.directory,
        hostname(),
        'localhost',
        ...address,
        ...ports,
      ];
      const texts = [...lines, ...sent.map((message) => JSON.stringify(message))];
      for (const word of inPlay)
        expect(
          texts.filter((text) => holds(text, word)),
          word,
        ).toEqual([]);
      expect(records.some(({ msg }) => msg === 'round completed')).toBe(true);
      expect(sent.some(({ short_message: message }) => message === 'round completed')).toBe(true);
      // The records of the TTP still identify each participant.
      const connected = records.filter(({ msg }) => msg === 'worker connected');
      expect(new Set(connected.map(({ participant }) => participant)).size).toBe(3);
    },
    90_000,
  );
});
