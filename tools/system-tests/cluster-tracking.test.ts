import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobEvent } from '@synergos/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MlflowReader, mlflowPython, MlflowServer } from '../../packages/artifacts/test/mlflow.js';
import { ClusterFederation } from './cluster-federation.js';
import { makeMortal } from './dying.js';
import { eventually, EXPERIMENT, IDS } from './federation.js';

const python = mlflowPython();
const NAME = `${IDS.collab_id}/${IDS.project_id}/${EXPERIMENT}`;
const ids = { ...IDS, expt_id: EXPERIMENT };
const TRIAL = { algorithm: 'FedAvg', rounds: 2, epochs: 20, lr_scheduler: 'none', criterion: 'NLLLoss' };

describe.skipIf(python === undefined)('a cluster in MLflow', { timeout: 120_000 }, () => {
  const federation = new ClusterFederation();
  const reader = new MlflowReader(python ?? '');
  const server = new MlflowServer(python ?? '', join(federation.directory, 'mlflow-server'));
  const folder = join(federation.directory, 'mlruns');
  const mortal = makeMortal('CLUSTER', '@synergos/ttp-cluster', join(federation.directory, 'die-at'));
  const processes = ['director', 'ttp-0', 'ttp-1'];
  const dataOf = (name: string) => readdirSync(join(federation.directory, name, 'data'));

  beforeAll(async () => {
    const ttpOptions = ['--mlflow-dir', folder];
    await Promise.all([server.start(), federation.start({ grids: 2, ttpOptions })]);
    await federation.driver.alignments.create(IDS);
  }, 120_000);
  afterAll(async () => {
    reader.close();
    await server.kill();
    await federation.close();
  });

  it.each(['files', 'a server'])(
    'has in %s the runs of both grids with their rounds, and trials below their optimization',
    async (place) => {
      const { driver } = federation;
      // The runs of a collaboration without a server are stored in files.
      if (place === 'a server') {
        const mlops = { host: '127.0.0.1', ports: { main: await server.port() } };
        await driver.collaborations.update({ collab_id: IDS.collab_id, mlops });
      }
      // Both TTPs track runs of one experiment at the same time.
      const runs = ['one', 'two'].map((name) => `${name} in ${place}`);
      for (const run_id of runs) await federation.createRun(run_id, { rounds: 3 });
      await Promise.all(runs.map((run_id) => driver.models.create({ ...ids, run_id })));
      const trials = await driver.optimizations.create({
        ...ids,
        search_space: { ...TRIAL, lr: { _type: 'loguniform', _value: [0.001, 0.5] } },
        metric: 'accuracy',
        max_trial_num: 4,
        trial_concurrency: 2,
        seed: 1,
      });
      const waiting = (name: string) => readdirSync(join(federation.directory, name, 'data/tracking'));
      const noneWaits = () => processes.every((name) => waiting(name).length === 0);
      await eventually('all entries sent', noneWaits, 60_000);

      const jobs = await driver.jobs.readAll();
      const holders = jobs.flatMap(({ kind, payload, holder }) =>
        kind === 'train' && [...runs, ...trials.map(({ key }) => key.run_id)].includes(String(payload.run_id))
          ? [holder]
          : [],
      );
      expect(new Set(holders)).toEqual(new Set(['ttp-0', 'ttp-1']));
      const uri = place === 'files' ? `file:${folder}` : server.url;
      const experiments = await reader.read(uri, { experiment: NAME });
      expect(experiments).toHaveLength(1);
      const shown = experiments[0]!.runs;
      const parents = shown.filter(({ name }) => name.startsWith('optimization_'));
      expect(parents).toMatchObject([
        {
          status: 'FINISHED',
          params: { metric: 'accuracy', max_trials: '4' },
          tags: { 'synergos.best_run': trials[0]?.key.run_id, 'mlflow.source.name': 'synergos-director' },
        },
      ]);
      const below = shown.filter(({ tags }) => tags['mlflow.parentRunId'] === parents[0]?.id);
      const names = (of: readonly { readonly name: string }[]) => of.map(({ name }) => name).sort();
      expect(names(below)).toEqual(trials.map(({ key }) => key.run_id).sort());
      expect(names(shown)).toEqual(names([...parents, ...below, ...runs.map((name) => ({ name }))]));
      for (const run of shown.filter((one) => !parents.includes(one))) {
        const rounds = runs.includes(run.name) ? [1, 2, 3] : [1, 2];
        const stepsOf = (key: string) => run.metrics[key]?.map(([step]) => step);
        expect(run).toMatchObject({
          status: 'FINISHED',
          params: { algorithm: 'FedAvg', rounds: String(rounds.length) },
          tags: { 'mlflow.source.name': 'synergos-cluster', 'synergos.run_id': run.name },
        });
        for (const key of ['train/loss', 'round/updates', 'participants/dream/train_loss'])
          expect([run.name, key, stepsOf(key)]).toEqual([run.name, key, rounds]);
        expect([run.name, stepsOf('evaluate/accuracy')]).toEqual([run.name, [0, ...rounds]]);
        expect(Object.keys(run.artifacts)).toContain('model/global_model.safetensors');
      }
      for (const name of processes) expect(dataOf(name)).not.toContain('mlflow');
    },
  );

  it('a round is reported once if the TTPs die after it was stored or tracked, in any order', async () => {
    const { driver } = federation;
    const mlops = { host: '127.0.0.1', ports: { main: await server.port() } };
    await driver.collaborations.update({ collab_id: IDS.collab_id, mlops });
    const rounds = [1, 2, 3, 4];
    const key = { ...ids, run_id: 'moved' };
    await federation.createRun(key.run_id, { rounds: rounds.length });
    const told: unknown[] = [];
    const onEvent = ({ type, round }: JobEvent) => void (type === 'round_completed' && told.push(round));
    const training = driver.models.create(key, { onEvent });
    training.catch(() => undefined);
    // One TTP dies after a round was reported to MLflow only; the other one, which resumes, dies before any report.
    const exits = federation.ttps.map(({ process }) => once(process, 'exit'));
    mortal.dieAt('kept round:2');
    await Promise.race([...exits, training]);
    mortal.dieAt('after round-000003.json');
    await Promise.race([Promise.all(exits), training]);
    mortal.live();
    expect(federation.ttps.map(({ process }) => process.signalCode)).toEqual(['SIGKILL', 'SIGKILL']);
    await Promise.all([federation.startTtp(0), federation.startTtp(1)]);
    await training;
    expect(told).toEqual(rounds);
    const waiting = (name: string) => readdirSync(join(federation.directory, name, 'data/tracking'));
    await eventually('all entries sent', () => processes.every((name) => waiting(name).length === 0), 60_000);
    const runs = (await reader.read(server.url, { experiment: NAME })).flatMap((one) => one.runs);
    const shown = runs.filter(({ name }) => name === key.run_id);
    expect(shown).toMatchObject([{ status: 'FINISHED' }]);
    const stepsOf = (metric: string) => shown[0]?.metrics[metric]?.map(([step]) => step);
    for (const metric of ['train/loss', 'round/seconds', 'participants/dream/samples'])
      expect([metric, stepsOf(metric)]).toEqual([metric, rounds]);
    expect(stepsOf('evaluate/loss')).toEqual([0, ...rounds]);
  });
});
