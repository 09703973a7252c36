import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@synergos/contract';
import {
  createManifest,
  createRegistry,
  initialiseWeights,
  parseModel,
  parseRunArguments,
} from '@synergos/fed-algorithms';
import {
  decodeSafetensors,
  encodeSafetensors,
  type EvaluateReply,
  type PredictReply,
  type TaskResult,
  type TrainReply,
} from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTaskHandlers } from '../src/index.js';
import { dataDirectory, SPACE } from './folders.js';

const registry = createRegistry();
const model = [
  { l_type: 'Linear', structure: { in_features: 5, out_features: 1 }, activation: 'sigmoid', is_input: true },
];
const manifest = createManifest(parseModel(model));
const weights = initialiseWeights(parseModel(model), manifest, 1);
const global = encodeSafetensors(manifest.tensors, weights);
const key = { collab: 'c', project: 'p', expt: '..e', run: 'r 1' };

let data: Awaited<ReturnType<typeof dataDirectory>>;
let outputs: string;
beforeAll(async () => {
  data = await dataDirectory({
    heart: {},
    new: { schema: '{"age": "int32", "sex": "category"}', csv: 'age,sex\n50,m\n30,"f"\n' },
    huge: {
      metadata: '{"datatype": "tabular", "operations": {"scaling": "none"}}',
      schema: '{"age": "float32", "sex": "category", "smokes": "bool", "target": "float32"}',
      csv: 'age,sex,smokes,target\n1e30,f,true,1\n40,m,no,2\n',
    },
    mixed: { csv: 'age,sex,smokes,target\n60,f,true,ill\n40,m,no,\n20,f,0,well\n' },
  });
  outputs = await mkdtemp(join(tmpdir(), 'synergos-outputs-'));
});
afterAll(async () => {
  await data[Symbol.asyncDispose]();
  await rm(outputs, { recursive: true });
});

async function handle(
  kind: 'describe' | 'train' | 'evaluate' | 'predict',
  payload: object,
  {
    participant = 'alice',
    tensors = { global },
    warn = silentLogger.warn,
  }: { participant?: string; tensors?: Record<string, Uint8Array>; warn?: typeof silentLogger.warn } = {},
): Promise<TaskResult> {
  const handlers = createTaskHandlers({
    participant,
    dataDirectory: data.path,
    outputsDirectory: outputs,
    registry,
    logger: { ...silentLogger, warn },
  });
  const { signal } = new AbortController();
  return handlers[kind]({ id: 'task', kind, payload, tensors, signal, progress() {} });
}

const args = (change: object = {}) =>
  parseRunArguments(registry, {
    algorithm: 'FedAvg',
    epochs: 3,
    lr: 0.1,
    batch_size: 2,
    lr_scheduler: 'none',
    ...change,
  }).arguments;
const workload = (change: object = {}) => {
  const run = args(change);
  return { key, action: 'classify', space: SPACE, model, algorithm: run.algorithm, arguments: run };
};
const trainTask = (change: object = {}, round = 1) => ({
  ...workload(change),
  round,
  trainTags: [['heart']],
  evaluateTags: [['heart']],
});
const deltaOf = (result: TaskResult) => decodeSafetensors(result.tensors?.update as Uint8Array).data;

describe('a describe task', () => {
  it('describes the data below each kind of tags', async () => {
    const tags = { train: [['heart']], evaluate: [['heart']], predict: [] };
    const { payload } = await handle('describe', {
      key: { collab: 'c', project: 'p' },
      action: 'classify',
      tags,
    });
    expect(payload).toMatchObject({ train: { samples: 3 }, evaluate: { samples: 3 }, predict: null });
  });
});

describe('a train task', () => {
  it('replies with the update, and with samples, steps and epochs', async () => {
    const result = await handle('train', trainTask());
    const { evaluation, ...reply } = result.payload as TrainReply;
    expect(reply).toMatchObject({ samples: 3, steps: 6, epochs: 3, stoppedEarly: false });
    expect(evaluation).toMatchObject({ samples: 3, loss: expect.any(Number), score: expect.any(Number) });
    const { tensors } = decodeSafetensors(result.tensors?.update as Uint8Array);
    expect(tensors.map(({ name, shape }) => ({ name, shape }))).toEqual(
      manifest.tensors.map(({ name, shape }) => ({ name, shape })),
    );
    expect(deltaOf(result).some((value) => value !== 0)).toBe(true);
  });

  it('reports an evaluation loss that is not finite as undefined, with the column', async () => {
    const wide = encodeSafetensors(manifest.tensors, new Float32Array(6).fill(1e10));
    const task = {
      ...workload({ criterion: 'MSELoss' }),
      model: [{ ...model[0], activation: '' }],
      action: 'regress',
      space: { ...SPACE, classes: [] },
      tags: [['huge']],
      fitTags: [],
    };
    const { payload } = await handle('evaluate', task, { tensors: { global: wide } });
    expect(payload).toMatchObject({
      samples: 2,
      loss: null,
      score: null,
      issue: "the evaluation loss is not finite: column 'age' holds values beyond 1000000000000000000",
      statistics: { R2: null, MSE: null },
    });
  });

  it.each([
    ['FedProx', {}, []],
    [
      'FedAvg',
      { client_momentum: 0.5 },
      ['the state of this participant is missing: training starts from zero state'],
    ],
    ['FedDyn', {}, ['the state of this participant is missing: training starts from zero state']],
  ])(
    'of %s with %j warns of a missing state only if one is expected',
    async (algorithm, change, expected) => {
      const warnings: string[] = [];
      const task = { ...trainTask({ algorithm, ...change }, 3), stateRound: 2 };
      await handle('train', task, {
        participant: 'carol',
        warn: (_fields, text) => void warnings.push(text),
      });
      expect(warnings).toEqual(expected);
    },
  );

  it('writes its ranges and fillers to preprocessing.json in its own outputs folder', async () => {
    await handle('train', trainTask());
    const file = join(outputs, 'c', 'p', '%2E%2Ee', 'r%201', 'preprocessing.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      participant: 'alice',
      scaling: 'local',
      features: SPACE.features,
      columns: [
        { name: 'age', range: [20, 60], filler: 40 },
        { name: 'sex', levels: ['f', 'm', 'x'], range: null, filler: 'f' },
        { name: 'smokes', range: [0, 1], filler: 0 },
      ],
      classes: ['ill', 'well'],
    });
  });

  it('is repeatable, and differs by round and participant', async () => {
    const first = deltaOf(await handle('train', trainTask()));
    expect(deltaOf(await handle('train', trainTask()))).toEqual(first);
    expect(deltaOf(await handle('train', trainTask({}, 2)))).not.toEqual(first);
    expect(deltaOf(await handle('train', trainTask(), { participant: 'bob' }))).not.toEqual(first);
  });

  it.each<[string, object, Record<string, Uint8Array>, RegExp]>([
    ['without the global model', {}, {}, /without the global model/],
    [
      'whose global model does not fit its layers',
      {},
      { global: encodeSafetensors([{ name: '0.weight', shape: [2, 5] }], new Float32Array(10)) },
      /the global model holds 0\.weight\[2,5\]; the layers need 0\.weight\[1,5\] 0\.bias\[1\]/,
    ],
    ['without a round', { round: undefined }, { global }, /the 'train' task is malformed: round: /],
    [
      'of an unknown algorithm',
      { algorithm: 'FedNope' },
      { global },
      /unknown algorithm 'FedNope'; there are/,
    ],
    ['with a damaged model', {}, { global: global.slice(0, 40) }, /safetensors/],
  ])('%s fails with the reason', async (_what, change, tensors, message) => {
    await expect(handle('train', { ...trainTask(), ...change }, { tensors })).rejects.toThrow(message);
  });

  it('that diverges fails with its own code', async () => {
    const change = { lr: 1e30, optimizer: 'SGD', epochs: 50, criterion: 'MSELoss' };
    const linear = [{ ...model[0], activation: '' }];
    const task = {
      ...trainTask(change),
      action: 'regress',
      model: linear,
      trainTags: [['numbers']],
      evaluateTags: [],
    };
    await using numbers = await dataDirectory({
      numbers: { schema: '{"age": "int32", "target": "float64"}', csv: 'age,target\n1,1e30\n2,-1e30\n' },
    });
    const handlers = createTaskHandlers({
      participant: 'alice',
      dataDirectory: numbers.path,
      outputsDirectory: outputs,
      registry,
    });
    const { signal } = new AbortController();
    const training = handlers.train({
      id: 't',
      kind: 'train',
      payload: task,
      tensors: { global },
      signal,
      progress() {},
    });
    await expect(training).rejects.toMatchObject({ code: 'diverged' });
  });
});

describe('an evaluate task', () => {
  it('reports statistics, and writes them to the outputs folder for ids of any characters', async () => {
    const { payload } = await handle('evaluate', { ...workload(), tags: [['heart']] });
    const reply = payload as EvaluateReply;
    expect(reply.samples).toBe(3);
    expect(reply.statistics.TPs).toHaveLength(2);
    expect(reply.resPath).toBe('c/p/%2E%2Ee/r%201/evaluate/inference_statistics_evaluate.json');
    expect(JSON.parse(await readFile(join(outputs, reply.resPath), 'utf8'))).toEqual(reply.statistics);
    expect(await readdir(outputs)).toEqual(['c']);
    expect(await readdir(join(outputs, reply.resPath, '..'))).toEqual(['inference_statistics_evaluate.json']);
  });
});

describe('a predict task', () => {
  const rowsOf = async (resPath: string) =>
    (await readFile(join(outputs, resPath, '..', 'predictions.csv'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(','));
  const predict = async (tags: readonly string[], change: object = {}) => {
    const task = { ...workload(), tags: [tags], fitTags: [['heart']], ...change };
    return (await handle('predict', task)).payload as PredictReply;
  };

  it('writes the class and scores of every row, and reports no statistics if no label is known', async () => {
    const reply = await predict(['new']);
    expect(reply).toMatchObject({ samples: 2, labelled: 0, statistics: {} });
    const [header, ...rows] = await rowsOf(reply.resPath);
    expect(header).toEqual(['file', 'row', 'prediction', 'score_ill', 'score_well']);
    expect(rows.map(([file, row]) => [file, row])).toEqual([
      ['new/data.csv', '1'],
      ['new/data.csv', '2'],
    ]);
    for (const [, , prediction, ill, well] of rows) {
      expect(Number(ill) + Number(well)).toBeCloseTo(1);
      expect(prediction).toBe(Number(ill) >= Number(well) ? 'ill' : 'well');
    }
    // By hand: the training data's ages are 20 to 60, so 50 is 0.75; the weights are those of age and sex_m, and the bias.
    const [age = 0, , male = 0] = weights;
    const well = 1 / (1 + Math.exp(-(0.75 * age + male + (weights[5] ?? 0))));
    expect(Number(rows[0]?.[4])).toBeCloseTo(well, 6);
  });

  it('reports the statistics of the labelled rows, equal to those of an evaluation', async () => {
    const reply = await predict(['mixed']);
    expect(reply).toMatchObject({ samples: 3, labelled: 2 });
    const { TPs = [], TNs = [], FPs = [], FNs = [] } = reply.statistics as Record<string, number[]>;
    expect((TPs[0] ?? 0) + (TNs[0] ?? 0) + (FPs[0] ?? 0) + (FNs[0] ?? 0)).toBe(2);
    expect(JSON.parse(await readFile(join(outputs, reply.resPath), 'utf8'))).toEqual(reply.statistics);
    const whole = await predict(['heart']);
    const { payload } = await handle('evaluate', { ...workload(), tags: [['heart']], fitTags: [['heart']] });
    expect(whole.statistics).toEqual((payload as EvaluateReply).statistics);
  });

  it('writes values for a regression', async () => {
    const linear = [{ ...model[0], activation: '' }];
    const reply = await predict(['new'], {
      action: 'regress',
      model: linear,
      arguments: args({ criterion: 'MSELoss' }),
      fitTags: [],
    });
    const [header, ...rows] = await rowsOf(reply.resPath);
    expect(header).toEqual(['file', 'row', 'prediction']);
    const [age = 0, female = 0, male = 0] = weights;
    const bias = weights[5] ?? 0;
    expect(Number(rows[0]?.[2])).toBeCloseTo(age + male + bias, 6);
    expect(Number(rows[1]?.[2])).toBeCloseTo(female + bias, 6);
  });
});

describe('a task', () => {
  it.each([
    ['predict', { tags: 'heart' }, /^the 'predict' task is malformed: tags: /],
    ['evaluate', { space: undefined }, /^the 'evaluate' task is malformed: space: /],
    ['describe', {}, /^the 'describe' task is malformed: tags: /],
  ] as const)('of the kind %s is refused with the invalid field', async (kind, change, message) => {
    await expect(handle(kind, { ...workload(), ...change })).rejects.toThrow(message);
  });
});
