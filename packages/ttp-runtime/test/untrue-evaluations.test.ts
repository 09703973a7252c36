import {
  decodeSafetensors,
  packTensors,
  unpackTensors,
  type ExchangeTask,
  type NamedTensors,
  type TaskHandler,
} from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { grid, stepping } from './training-grid.js';

const limits = { connectTimeoutMs: 60_000 };
const rows = { a: 10, b: 10, c: 10 };
const MOST = Number.MAX_SAFE_INTEGER;

describe('a participant that evaluates on 2^53 − 1 samples', () => {
  it('is weighted by the rows that it has', async () => {
    const evaluating = (samples: number, loss: number) => ({
      train: stepping(0.1),
      evaluate: (async () => ({
        payload: { samples, loss, score: null, statistics: {}, resPath: '/there' },
      })) satisfies TaskHandler,
    });
    await using there = await grid(
      { algorithm: 'FedAvg', rounds: 1 },
      { a: evaluating(10, 1), b: evaluating(10, 1), c: evaluating(MOST, 4) },
      { ...limits, rows, evaluates: true },
    );
    const { of } = await there.train();
    expect(of('metric')).toMatchObject([{ round: 1, samples: 30, loss: 2 }]);
    await there.validate();
    const validations = await there.records.list('Validation');
    expect(validations.map(({ body }) => body.evaluate)).toMatchObject(
      Array.from({ length: 3 }, () => ({ samples: 10 })),
    );
  });

  it('is weighted by the rows that it has when the members of a swarm are rated', async () => {
    /** Trains a member of this value, and gives the full score to the member at `favours`. */
    const judging = (value: number, samples: number, favours: number): TaskHandler => {
      const answer = (values: object, tensors: NamedTensors) => ({
        payload: { values },
        tensors: { answer: packTensors(tensors) },
      });
      return async ({ payload, tensors }) => {
        const { question } = payload as ExchangeTask;
        const message = tensors.message === undefined ? {} : unpackTensors(tensors.message);
        if (question === 'members') {
          const { length } = decodeSafetensors(tensors.global ?? new Uint8Array()).data;
          const data = new Float32Array(length).fill(value);
          return answer({ samples, loss: 1 }, { members: { shape: [1, length], data } });
        }
        const marks = (count: number) =>
          Float32Array.from({ length: count }, (_, at) => (at === favours ? 1 : 0));
        if (question === 'score')
          return answer(
            { samples },
            {
              scores: { shape: [3], data: marks(3) },
              predictions: { shape: [3, 1], data: Float32Array.of(0, 0.5, 1) },
            },
          );
        const [count = 0] = message.shares?.shape ?? [];
        const scores = Float32Array.from(
          { length: count },
          (_, row) => message.shares!.data[row * 3 + favours]!,
        );
        return answer({}, { scores: { shape: [count], data: scores } });
      };
    };
    await using there = await grid(
      { algorithm: 'FedSwarm', swarm_size: 1, rounds: 1 },
      {
        a: { exchange: judging(1, 10, 0) },
        b: { exchange: judging(2, 10, 0) },
        c: { exchange: judging(3, MOST, 2) },
      },
      { ...limits, rows },
    );
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('update_received').map(({ samples }) => samples)).toEqual([10, 10, 10]);
    expect(decodeSafetensors((await there.model()) ?? new Uint8Array()).data[0]).toBe(1);
  });
});
