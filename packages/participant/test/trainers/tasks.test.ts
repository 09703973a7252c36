import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, parseRunArguments } from '@synergos/fed-algorithms';
import {
  encodeSafetensors,
  decodeSafetensors,
  type EvaluateReply,
  type TaskResult,
} from '@synergos/rpc-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTaskHandlers } from '../../src/index.js';
import { dataDirectoryOf } from '../pipelines/fixture.js';
import { fixture as vectors } from '../pipelines/fixtures/vector.js';
import { affineProvider } from './affine-provider.js';

const registry = createRegistry();
const { arguments: args } = parseRunArguments(registry, {
  ...{ algorithm: 'SCAFFOLD', criterion: 'MSELoss', epochs: 2, lr: 1e-8, lr_scheduler: 'none' },
});
const tensors = [
  { name: 'slope', shape: [2] },
  { name: 'intercept', shape: [1] },
];
const global = encodeSafetensors(tensors, Float32Array.of(0, 0, 0));
const workload = {
  key: { collab: 'c', project: 'p', expt: 'e', run: 'r' },
  action: 'regress',
  space: { ...vectors.space, classes: [] },
  model: { kind: 'affine' },
  algorithm: 'SCAFFOLD',
  arguments: args,
};

let directory: Awaited<ReturnType<typeof dataDirectoryOf>>;
let outputs: string;
beforeAll(async () => {
  directory = await dataDirectoryOf({ vectors: vectors.whole });
  outputs = await mkdtemp(join(tmpdir(), 'synergos-outputs-'));
});
afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await rm(outputs, { recursive: true });
});

function handle(
  kind: 'train' | 'evaluate' | 'predict',
  payload: object,
  trainers = [affineProvider],
): Promise<TaskResult> {
  const handlers = createTaskHandlers({
    participant: 'alice',
    dataDirectory: directory.path,
    outputsDirectory: outputs,
    registry,
    trainers,
  });
  const { signal } = new AbortController();
  const sent = { global, c: global };
  return handlers[kind]({ id: 't', kind, payload, tensors: sent, signal, progress() {} });
}

it('trains, evaluates and applies a model of a further kind with its own trainer', async () => {
  const task = { ...workload, round: 1, trainTags: [['vectors']], evaluateTags: [['vectors']] };
  const { payload, tensors: answer } = await handle('train', task);
  expect(payload).toMatchObject({ samples: 5, steps: 2, epochs: 2, evaluation: { samples: 5 } });
  const update = decodeSafetensors(answer?.update as Uint8Array);
  expect(update.tensors).toMatchObject(tensors);
  expect(update.data.every((value) => value !== 0)).toBe(true);
  const use = { ...workload, tags: [['vectors']], fitTags: [['vectors']] };
  const evaluated = (await handle('evaluate', use)).payload as EvaluateReply;
  expect(evaluated.loss).toBeCloseTo(3 / 5, 6);
  expect((await handle('predict', use)).payload).toMatchObject({ samples: 5, labelled: 5 });
});

it('refuses a model of a kind without a trainer, by the kind', async () => {
  const task = { ...workload, round: 1, trainTags: [['vectors']], evaluateTags: [] };
  await expect(handle('train', task, [])).rejects.toMatchObject({
    code: 'invalid_task',
    message: "this worker has no trainer for models of the kind 'affine'; it trains layers",
  });
});
