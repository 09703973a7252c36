import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packTensors } from '@synergos/rpc-core';
import { afterAll, expect, it } from 'vitest';
import { InProcessFederation } from './in-process.js';

const federation = new InProcessFederation();
afterAll(() => federation.close());
const PROJECT = { collab_id: 'c', project_id: 'p' };
const RUN = { expt_id: 'e', run_id: 'r' };
const HOSPITALS = ['north', 'south'];

/** Rows of four numbers; the label is whether the first is the largest. */
function writeVectors(hospital: string, folder: string, count: number): void {
  const path = join(federation.dataOf(hospital), folder);
  mkdirSync(path, { recursive: true });
  const features = Float32Array.from({ length: count * 4 }, (_, at) => ((at * 37 + count) % 101) / 101);
  const targets = Float32Array.from({ length: count }, (_, row) => {
    const [first = 0, ...others] = features.subarray(row * 4, row * 4 + 4);
    return first > Math.max(...others) ? 1 : 0;
  });
  const tensors = {
    features: { shape: [count, 4], data: features },
    targets: { shape: [count], data: targets },
  };
  writeFileSync(join(path, 'metadata.json'), '{"datatype": "vector"}');
  writeFileSync(join(path, 'data.safetensors'), packTensors(tensors));
}

it('the TTP aligns, trains, evaluates and predicts vector data', async () => {
  for (const hospital of HOSPITALS)
    for (const [folder, count] of [
      ['train', 200],
      ['evaluate', 80],
      ['predict', 40],
    ] as const)
      writeVectors(hospital, folder, count);
  await federation.start(HOSPITALS);
  const structure = { in_features: 1, out_features: 1 };
  const model = [{ l_type: 'Linear', is_input: true, activation: 'sigmoid', structure }];
  await federation.records.create('Experiment', { ...PROJECT, expt_id: 'e' }, { model });
  await federation.records.create(
    'Run',
    { ...PROJECT, ...RUN },
    {
      ...{ algorithm: 'SCAFFOLD', rounds: 4, epochs: 20, batch_size: 20 },
      ...{ lr: 0.5, lr_scheduler: 'none', criterion: 'BCELoss' },
    },
  );

  expect((await federation.job('align')).result).toEqual({ features: 4, classes: ['0', '1'] });
  const experiment = await federation.records.get('Experiment', { ...PROJECT, expt_id: 'e' });
  expect(experiment?.body).toMatchObject({ model: [{ structure: { in_features: 4 } }] });
  const [alignment] = await federation.records.list('Alignment', PROJECT);
  expect(alignment?.body).toMatchObject({ train: { X: [], y: [] }, samples: { train: 200 } });

  for (const kind of ['train', 'validate', 'predict'])
    expect((await federation.job(kind, { ...RUN, participant_id: 'north' })).error).toBeNull();
  const [validation] = await federation.records.list('Validation', { ...PROJECT, ...RUN });
  const body = validation?.body as { evaluate: { statistics: { accuracy: number[] } } } | undefined;
  expect(body?.evaluate.statistics.accuracy[0]).toBeGreaterThan(0.85);
  const outputs = join(federation.directory, 'north', 'outputs', 'c', 'p', 'e', 'r');
  const lines = readFileSync(join(outputs, 'predict', 'predictions.csv'), 'utf8')
    .trim()
    .split('\n');
  expect(lines).toHaveLength(41);
  expect(lines[1]).toMatch(/^predict\/data\.safetensors,1,[01],/);
  expect(JSON.parse(readFileSync(join(outputs, 'preprocessing.json'), 'utf8'))).toMatchObject({
    datatype: 'vector',
    details: { length: 4 },
    participant: 'north',
  });
});
