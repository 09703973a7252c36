import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createManifest,
  createRegistry,
  initialiseWeights,
  parseModel,
  parseRunArguments,
} from '@synergos/fed-algorithms';
import { encodeSafetensors, type TaskResult, type TrainReply } from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTaskHandlers } from '../src/index.js';
import { dataDirectory, SPACE } from './folders.js';

const registry = createRegistry();
const model = [
  { l_type: 'Linear', structure: { in_features: 5, out_features: 1 }, activation: 'sigmoid', is_input: true },
];
const manifest = createManifest(parseModel(model));
const global = encodeSafetensors(manifest.tensors, initialiseWeights(parseModel(model), manifest, 1));
const key = { collab: 'c', project: 'p', expt: 'e', run: 'r' };
const { arguments: args } = parseRunArguments(registry, {
  algorithm: 'FedAvg',
  epochs: 1,
  lr: 0.1,
  batch_size: 2,
  lr_scheduler: 'none',
});
const workload = { key, action: 'classify', space: SPACE, model, algorithm: 'FedAvg', arguments: args };
const trainTask = { ...workload, round: 1, trainTags: [['heart']], evaluateTags: [] };
const narrow = {
  schema: '{"age": "int32", "Sex": "category", "smokes": "bool", "target": "category"}',
  csv: 'age,Sex,smokes,target\n60,f,true,ill\n40,m,no,well\n',
};

let data: Awaited<ReturnType<typeof dataDirectory>>;
let outputs: string;
beforeAll(async () => {
  data = await dataDirectory({
    heart: {},
    renamed: narrow,
    retyped: {
      schema: '{"age": "int32", "sex": "int32", "target": "category"}',
      csv: 'age,sex,target\n1,1,ill\n',
    },
    others: { schema: '{"a": "int32", "target": "category"}', csv: 'a,target\n1,ill\n' },
    levels: { csv: 'age,sex,smokes,target\n60,F,true,ill\n40,F,no,well\n30,m,no,well\n' },
    relabelled: { csv: 'age,sex,smokes,target\n60,f,true,ill\n40,m,no,Well\n' },
  });
  outputs = await mkdtemp(join(tmpdir(), 'synergos-outputs-'));
});
afterAll(async () => {
  await data[Symbol.asyncDispose]();
  await rm(outputs, { recursive: true });
});

function handle(kind: 'train' | 'evaluate' | 'predict', payload: object): Promise<TaskResult> {
  const participant = 'alice';
  const directories = { dataDirectory: data.path, outputsDirectory: outputs };
  const handlers = createTaskHandlers({ participant, registry, ...directories });
  const { signal } = new AbortController();
  return handlers[kind]({ id: 'task', kind, payload, tensors: { global }, signal, progress() {} });
}

describe('data that does not fit the space of the model', () => {
  const evaluate = (folder: string, change: object = {}) =>
    handle('evaluate', { ...workload, tags: [[folder]], ...change });

  it('is refused with its missing and its unknown columns', async () => {
    await expect(evaluate('renamed', { lacks: [] })).rejects.toMatchObject({
      code: 'space_mismatch',
      message: expect.stringMatching(
        /^the data lacks 'sex' of the feature space; the data has 'Sex', unknown to it/,
      ),
    });
    await expect(evaluate('retyped')).rejects.toThrow(
      "column 'sex' is category in the feature space and numeric in the data",
    );
    await expect(evaluate('others')).rejects.toMatchObject({ code: 'space_mismatch' });
  });

  it('is reported in counts and names, without columns that the participant never had', async () => {
    const { payload } = await evaluate('renamed');
    const misfits = { missingColumns: ['sex'], unknownColumns: ['Sex'], newLevels: {}, unknownLabels: 0 };
    expect(payload).toMatchObject({ misfits });
    expect((await evaluate('renamed', { lacks: ['sex'] })).payload).toMatchObject({
      misfits: { ...misfits, missingColumns: [] },
    });
    expect((await evaluate('heart', { lacks: [] })).payload).not.toHaveProperty('misfits');
    expect((await evaluate('levels')).payload).toMatchObject({ misfits: { newLevels: { sex: 2 } } });
    const predicted = await handle('predict', {
      ...workload,
      tags: [['relabelled']],
      fitTags: [['heart']],
    });
    expect(predicted.payload).toMatchObject({ labelled: 1, misfits: { unknownLabels: 1 } });
  });

  it('is refused with the classes that no row has', async () => {
    await expect(evaluate('relabelled')).rejects.toMatchObject({
      code: 'unknown_class',
      message: expect.stringMatching(
        /^the target of row 2 .*'ill', 'well', and no row has 'well'; .*1 of 2 rows/,
      ),
    });
  });
});

describe('training data that changed', () => {
  it('since the alignment is refused, and the version in use is reported', async () => {
    const first = (await handle('train', trainTask)).payload as TrainReply;
    expect(first.dataVersion).toMatch(/^[0-9a-f]{64}$/);
    const again = await handle('train', { ...trainTask, dataVersion: first.dataVersion });
    expect(again.payload).toMatchObject({ dataVersion: first.dataVersion });
    const changed = handle('train', { ...trainTask, dataVersion: 'another' });
    await expect(changed).rejects.toMatchObject({ code: 'data_changed' });
  });

  it('since the training does not change the ranges and fillers of the model', async () => {
    const train = 'age,sex,smokes,target\n0,f,true,ill\n100,m,no,well\n';
    await using own = await dataDirectory({ train: { csv: train }, new: { csv: train } });
    const handlers = () =>
      createTaskHandlers({
        participant: 'dave',
        dataDirectory: own.path,
        outputsDirectory: outputs,
        registry,
      });
    const run = { ...key, run: 'own ranges' };
    const common = { tensors: { global }, signal: new AbortController().signal, progress() {} };
    const task = { ...trainTask, key: run, trainTags: [['train']], evaluateTags: [] };
    await handlers().train({ id: 't', kind: 'train', payload: task, ...common });
    const predicted = async () => {
      const payload = { ...workload, key: run, tags: [['new']], fitTags: [['train']] };
      await handlers().predict({ id: 'p', kind: 'predict', payload, ...common });
      return readFile(join(outputs, 'c', 'p', 'e', 'own%20ranges', 'predict', 'predictions.csv'), 'utf8');
    };
    const before = await predicted();
    await writeFile(join(own.path, 'train', 'data.csv'), train.replace('100', '100000'));
    expect(await predicted()).toBe(before);
  });
});
