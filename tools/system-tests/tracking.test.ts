import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  MlflowReader,
  mlflowPython,
  MlflowServer,
  type ReadRun,
} from '../../packages/artifacts/test/mlflow.js';
import { eventually, EXPERIMENT, Federation, IDS } from './federation.js';

const python = mlflowPython();
const { collab_id, project_id } = IDS;
const NAME = `${collab_id}/${project_id}/${EXPERIMENT}`;
const ISLANDS = ['biscoe', 'dream', 'torgersen'];
/** Environment variables of MLflow for the TTP. */
const CREDENTIALS = {
  MLFLOW_TRACKING_USERNAME: 'tracker',
  MLFLOW_TRACKING_PASSWORD: 'open-sesame-open-sesame',
};
/** The server that may receive the credentials. */
const ALLOWED = { SYNERGOS_MLFLOW_HOST: '127.0.0.1' };
const BASIC = Buffer.from(Object.values(CREDENTIALS).join(':')).toString('base64');

/** A certificate for this machine, and the variables that trust it. */
async function makeAuthority(directory: string) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const file = join(directory, 'authority.pem');
  writeFileSync(file, cert);
  return { cert, key, file };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(python === undefined)('a run in MLflow', { timeout: 300_000 }, () => {
  const federation = new Federation();
  const reader = new MlflowReader(python ?? '');
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  const server = new MlflowServer(python ?? '', join(federation.directory, 'mlflow-server'));
  const ttp = join(federation.directory, 'ttp');
  const waiting = () => readdirSync(join(ttp, 'data', 'tracking'));
  const allSent = () => eventually('all entries sent', () => waiting().length === 0, 120_000);
  const read = async (uri: string) =>
    (await reader.read(uri, { experiment: NAME })).flatMap(({ runs }) => runs);
  const shownRun = async (uri: string, run_id: string): Promise<ReadRun> => {
    const found = (await read(uri)).filter(({ name }) => name === run_id);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const stepsOf = (run: ReadRun, key: string) => run.metrics[key]?.map(([step]) => step);

  beforeAll(async () => {
    authority = await makeAuthority(federation.directory);
    Object.assign(process.env, CREDENTIALS, ALLOWED, { NODE_EXTRA_CA_CERTS: authority.file });
    await federation.start({ ttp: ['--mlflow-dir', join(federation.directory, 'mlruns')] });
  });
  afterAll(async () => {
    reader.close();
    await server.kill();
    await federation.close();
    for (const name of [...Object.keys({ ...CREDENTIALS, ...ALLOWED }), 'NODE_EXTRA_CA_CERTS'])
      delete process.env[name];
  });

  it('is stored in files with arguments, metrics, tags and artifacts if its collaboration has no server', async () => {
    await federation.createRun('in-files', { rounds: 3, epochs: 5 });
    await federation.train('in-files');
    await allSent();
    const run = await shownRun(`file:${join(federation.directory, 'mlruns')}`, 'in-files');
    expect(run).toMatchObject({
      status: 'FINISHED',
      params: { algorithm: 'FedAvg', rounds: '3', epochs: '5', lr: '0.1', seed: '7' },
      tags: {
        'synergos.collab_id': collab_id,
        'synergos.participants': 'biscoe, dream, torgersen',
        'mlflow.source.name': 'synergos-basic',
        'synergos.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
      },
    });
    expect(run.params.model).toContain('"Linear"');
    for (const key of [
      'train/loss',
      'round/seconds',
      'round/updates',
      'round/dropped',
      'round/received_bytes',
    ])
      expect([key, stepsOf(run, key)]).toEqual([key, [1, 2, 3]]);
    for (const key of ['evaluate/loss', 'evaluate/accuracy'])
      expect([key, stepsOf(run, key)]).toEqual([key, [0, 1, 2, 3]]);
    for (const island of ISLANDS)
      for (const key of ['train_loss', 'samples', 'seconds', 'bytes', 'dropped'])
        expect([key, stepsOf(run, `participants/${island}/${key}`)]).toEqual([key, [1, 2, 3]]);
    // The same metrics as in the run's own files.
    const folder = join(ttp, 'outputs', collab_id, project_id, EXPERIMENT, 'in-files');
    const history = JSON.parse(readFileSync(join(folder, 'global_loss_history.json'), 'utf8')) as {
      train: number[];
      evaluate: number[];
      score: number[];
    };
    const values = (key: string) => run.metrics[key]?.map(([, value]) => value);
    expect(values('train/loss')).toEqual(history.train);
    expect(values('evaluate/loss')?.slice(1)).toEqual(history.evaluate);
    expect(values('evaluate/accuracy')?.slice(1)).toEqual(history.score);
    const size = readFileSync(join(folder, 'global_model.safetensors')).length;
    for (const bytes of values('round/received_bytes') ?? []) expect(bytes).toBeGreaterThan(0);
    expect(values('participants/dream/bytes')?.[0]).toBeLessThan(2 * size);
    const files = {
      'model/global_model.safetensors': 'global_model.safetensors',
      'global_loss_history.json': 'global_loss_history.json',
      'manifest.json': 'manifest.json',
      'plots/plot_loss.svg': 'plot_loss.svg',
      'plots/plot_score.svg': 'plot_score.svg',
      'plots/plot_participation.svg': 'plot_participation.svg',
    };
    expect(run.artifacts).toEqual(
      Object.fromEntries(
        Object.entries(files).map(([name, file]) => [name, sha256(readFileSync(join(folder, file)))]),
      ),
    );
  });

  it('trains without delay if its server is unavailable; its entries survive the TTP and are sent once', async () => {
    const main = await server.port();
    await federation.driver.collaborations.update({
      collab_id,
      mlops: { host: '127.0.0.1', ports: { main } },
    });
    await federation.createRun('away');
    let rounds = 0;
    federation
      .train('away', ({ type }) => {
        if (type === 'round_completed') rounds++;
      })
      .catch(() => undefined);
    await eventually('three rounds', () => rounds >= 3);
    await federation.restartTtp();
    // Its end is stored, and its entries wait for the server after another death of the TTP.
    const told = (job: string) =>
      readFileSync(join(ttp, 'data', 'tracking', job, 'entries.jsonl'), 'utf8').includes('FINISHED');
    await eventually('its end is told', () => waiting().some(told), 60_000);
    await Promise.all([federation.restartTtp(), server.start()]);
    await allSent();
    const run = await shownRun(server.url, 'away');
    expect(run.status).toBe('FINISHED');
    for (const key of ['train/loss', 'round/updates', 'participants/biscoe/train_loss'])
      expect([key, stepsOf(run, key)]).toEqual([key, [1, 2, 3, 4, 5, 6]]);
    expect(stepsOf(run, 'evaluate/loss')).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const name = 'global_model.safetensors';
    const model = await federation.driver.models.download({
      ...IDS,
      expt_id: EXPERIMENT,
      run_id: 'away',
      name,
    });
    expect(run.artifacts[`model/${name}`]).toBe(sha256(model));
    expect(federation.ttpLog()).toContain('tracking entries wait and are sent later');
  });

  it('is sent over TLS with a password, which no log contains; refused entries wait', async () => {
    let password = BASIC;
    const answers: number[] = [];
    const front = createServer(authority, (incoming, outgoing) => {
      const { method = 'GET', url = '/', headers } = incoming;
      if (headers.authorization !== `Basic ${password}`) {
        incoming.resume();
        answers.push(401);
        outgoing.writeHead(401).end(`<html>not with Authorization: ${headers.authorization}</html>`);
        return;
      }
      const onward = request(new URL(url, server.url), { method, headers }, (answer) => {
        answers.push(answer.statusCode ?? 500);
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    onTestFinished(() => {
      front.closeAllConnections();
      front.close();
    });
    const { port: main } = front.address() as AddressInfo;
    const mlops = { host: '127.0.0.1', ports: { main }, secure: true };
    await federation.driver.collaborations.update({ collab_id, mlops });
    const runs = ['over-tls', 'refused-at-first'] as const;
    for (const run_id of runs) await federation.createRun(run_id, { rounds: 2, epochs: 5 });
    await federation.train('over-tls');
    await allSent();
    expect(answers).toContain(200);
    expect(answers).not.toContain(401);
    password = 'another';
    await federation.train('refused-at-first');
    await eventually('the refusal', () => federation.ttpLog().includes('it answers 401'));
    expect(waiting()).toHaveLength(1);
    password = BASIC;
    await allSent();
    for (const run_id of runs) {
      const run = await shownRun(server.url, run_id);
      expect([run_id, run.status, stepsOf(run, 'train/loss')]).toEqual([run_id, 'FINISHED', [1, 2]]);
      expect(Object.keys(run.artifacts)).toContain('model/global_model.safetensors');
    }
    for (const secret of [BASIC, CREDENTIALS.MLFLOW_TRACKING_PASSWORD])
      expect(federation.ttpLog()).not.toContain(secret);
    const to = { host: '127.0.0.1', ports: { main: await server.port() }, secure: false };
    await federation.driver.collaborations.update({ collab_id, mlops: to });
  });

  it('is KILLED in MLflow if it is cancelled, and FAILED with the reason if it fails', async () => {
    await federation.createRun('cancelled');
    let cancelling: Promise<unknown> | undefined;
    const training = federation.train('cancelled', ({ type, round, job }) => {
      if (type === 'round_started' && round === 2)
        cancelling = federation.driver.jobs.cancel({ job_id: job });
    });
    await expect(training).rejects.toMatchObject({ code: 'cancelled' });
    await cancelling;
    const start_from = { expt_id: EXPERIMENT, run_id: 'cancelled' };
    await federation.createRun('failed', { start_from });
    await expect(federation.train('failed')).rejects.toMatchObject({ code: 'not_trained' });
    await allSent();
    expect((await shownRun(server.url, 'cancelled')).status).toBe('KILLED');
    const failed = await shownRun(server.url, 'failed');
    expect(failed.status).toBe('FAILED');
    expect(failed.tags['synergos.error']).toMatch(/^start_from names run /);
  });

  it('is nested below its optimization if it is a trial, for any number of parts', async () => {
    const trials = await federation.driver.optimizations.create({
      ...IDS,
      expt_id: EXPERIMENT,
      search_space: {
        lr: { _type: 'loguniform', _value: [0.001, 0.5] },
        rounds: { _type: 'choice', _value: [4] },
        epochs: { _type: 'choice', _value: [2] },
        lr_scheduler: { _type: 'choice', _value: ['none'] },
        criterion: { _type: 'choice', _value: ['NLLLoss'] },
      },
      scheduler: 'AsyncHyperBandScheduler',
      metric: 'accuracy',
      optimize_mode: 'max',
      max_trial_num: 4,
      seed: 1,
    });
    await allSent();
    const runs = await read(server.url);
    const parent = runs.find(({ name }) => name.startsWith('optimization_'));
    expect(parent).toMatchObject({
      status: 'FINISHED',
      params: { metric: 'accuracy', mode: 'max', max_trials: '4' },
      tags: { 'synergos.best_run': trials[0]?.key.run_id },
      metrics: { 'best/accuracy': [[0, trials[0]?.trial.value, expect.any(Number)]] },
    });
    expect(Object.keys(parent?.artifacts ?? {}).sort()).toEqual(['trials.csv', 'trials.svg']);
    const children = runs.filter(({ tags }) => tags['mlflow.parentRunId'] === parent?.id);
    expect(children.map(({ name }) => name).sort()).toEqual(trials.map(({ key }) => key.run_id).sort());
    for (const child of children) {
      expect(child.status).toBe('FINISHED');
      const steps = stepsOf(child, 'train/loss') ?? [];
      expect([1, 2, 3, 4]).toContain(steps.length);
      expect(steps).toEqual([1, 2, 3, 4].slice(0, steps.length));
      expect(stepsOf(child, 'evaluate/loss')).toEqual([0, ...steps]);
    }
    expect(existsSync(join(ttp, 'data', 'mlflow'))).toBe(false);
  });
});
