import { encodeSafetensors, WorkerClient, type TaskHandler, type TrainTask } from '@synergos/rpc-core';
import { createManifest, parseModel } from '@synergos/fed-algorithms';
import { setTimeout as delay } from 'node:timers/promises';

// A process with synthetic workers: their data and training are fake, their requests to the TTP are real.
//   node made-up-workers.js DATA_URL COLUMNS NAME=TOKEN …
const [url = '', columns = '0', ...workers] = process.argv.slice(2);
const description = {
  datatype: 'tabular',
  samples: 100,
  columns: Array.from({ length: Number(columns) }, (_, index) => ({
    name: `c${String(index).padStart(6, '0')}`,
    type: 'numeric',
  })),
  classes: [],
  version: '0'.repeat(64),
};
const TRAINING_MS = 200;
let update: Uint8Array | undefined;

const handlers: Record<string, TaskHandler> = {
  describe: async () => ({ payload: { train: description, evaluate: null, predict: null } }),
  train: async (task) => {
    const { model } = task.payload as TrainTask;
    const { tensors, size } = createManifest(parseModel(model));
    update ??= encodeSafetensors(tensors, new Float32Array(size).fill(1e-6));
    await delay(TRAINING_MS);
    const reply = { samples: 100, steps: 1, epochs: 1, loss: 0.5, stoppedEarly: false, seconds: 0.2 };
    return { payload: { ...reply, evaluation: null }, tensors: { update } };
  },
};
for (const worker of workers) {
  const [participant = '', token = ''] = worker.split('=');
  new WorkerClient({ url, participant, token, handlers, software: 'bench' }).start();
}
