import { loadPlugin } from '@synergos/fed-algorithms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InProcessFederation } from './in-process.js';

const federation = new InProcessFederation();
const PROJECT = { collab_id: 'c', project_id: 'p' };
const HOSPITALS = ['north', 'south', 'west'];
const plugins = [await loadPlugin('../../examples/plugin-components/index.js', import.meta.dirname)];
const RUN = {
  algorithm: 'FedAvg',
  rounds: 3,
  epochs: 30,
  lr: 0.1,
  lr_scheduler: 'none',
  criterion: 'LogCoshLoss',
  aggregator: 'midrange',
  midrange_cut: 0.1,
};
const at = (run_id: string) => ({ expt_id: 'e', run_id });

beforeAll(async () => {
  const schema = { dose: 'float32', target: 'float32' };
  for (const [seed, hospital] of [...HOSPITALS, 'old'].entries())
    for (const folder of ['train', 'evaluate', 'predict']) {
      const rows = Array.from({ length: 60 }, (_, row) => {
        const dose = ((row * 37 + seed * 11) % 60) / 60;
        return { dose, target: 2 * dose + 1 };
      });
      federation.write(hospital, folder, schema, rows);
    }
  await federation.start([...HOSPITALS, 'old'], {
    action: 'regress',
    plugins,
    pluginsOf: (participant) => (participant === 'old' ? [] : plugins),
  });
  const model = [
    { l_type: 'Scale', is_input: true, structure: { num_features: 1 } },
    { l_type: 'Linear', structure: { in_features: 1, out_features: 1 } },
  ];
  await federation.records.create('Experiment', { ...PROJECT, expt_id: 'e' }, { model });
  for (const [run_id, change] of [
    ['r', { cohort: HOSPITALS }],
    ['all', {}],
  ] as const)
    await federation.records.create('Run', { ...PROJECT, ...at(run_id) }, { ...RUN, ...change });
  expect((await federation.job('align')).error).toBeNull();
}, 60_000);
afterAll(() => federation.close());

it('a run trains with the aggregator, the criterion and the layer of a plug-in', async () => {
  const trained = await federation.job('train', at('r'));
  expect(trained.error).toBeNull();
  expect(trained.of('round_started')[0]).toMatchObject({ aggregator: 'midrange', tolerates: 0 });
  const losses = trained
    .of('update_received')
    .filter(({ participant }) => participant === 'north')
    .map(({ loss }) => Number(loss));
  expect(losses).toHaveLength(3);
  expect(losses[2]).toBeLessThan(losses[0]!);
}, 60_000);

it('a run names the components that the worker of a participant without the plug-in lacks', async () => {
  const { error } = await federation.job('train', at('all'));
  expect(error).toMatchObject({
    code: 'capability_missing',
    message: expect.stringMatching(
      /^old lacks layer Scale, criterion LogCoshLoss, aggregator midrange\. .*load their plug-ins/,
    ) as string,
  });
}, 60_000);
