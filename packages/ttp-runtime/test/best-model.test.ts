import { decodeSafetensors, type TaskHandler, type TrainTask } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { grid, stepping } from './training-grid.js';

const limits = { evaluates: true, connectTimeoutMs: 20_000 };

/** A worker with an update of ones; its loss is `lossOf` the number of steps in the global model. */
function measuring(lossOf: (steps: number) => number) {
  const evaluationOf = (tensors: Parameters<TaskHandler>[0]['tensors']) => {
    const { data } = decodeSafetensors(tensors.global ?? new Uint8Array());
    return { samples: 1, loss: lossOf(Math.round(data[0] ?? NaN)), score: null };
  };
  const train: TaskHandler = (task) => stepping(1, undefined, () => evaluationOf(task.tensors))(task);
  const evaluate: TaskHandler = async ({ tensors }) => ({
    payload: { ...evaluationOf(tensors), statistics: {}, resPath: '/there' },
  });
  return { train, evaluate };
}

const overfitting = measuring((steps) => [0.9, 0.5, 0.3, 0.4, 0.6, 0.2][steps] ?? 1);
const START = { initial_weights: 'zeros' };

async function stepsOf(there: Awaited<ReturnType<typeof grid>>): Promise<number | undefined> {
  return decodeSafetensors((await there.model()) ?? new Uint8Array()).data[0];
}

describe('the model of a run', () => {
  it('is the best one if early stopping passed it', async () => {
    await using there = await grid(
      { ...START, rounds: 9, patience: 2 },
      { a: overfitting, b: overfitting },
      limits,
    );
    const { job, of } = await there.train();
    expect(job).toMatchObject({ state: 'completed', result: { rounds: 4, round: 2 } });
    expect(of('stopped_early')).toEqual([{ round: 4 }]);
    expect(of('model_returned')).toEqual([{ round: 2, rounds: 4 }]);
    expect(await stepsOf(there)).toBe(2);
    const [model] = await there.records.list('Model');
    expect(model?.body).toMatchObject({ rounds: 4, round: 2, local_1: { path: null } });
    expect(await there.json('manifest.json')).toMatchObject({ rounds: 4, round: 2 });
    expect(await there.json('global_loss_history.json')).toMatchObject({ evaluate: [0.5, 0.3, 0.4, 0.6] });
  });

  it('is the best one of all rounds, with the local models if that is the last round', async () => {
    await using there = await grid({ ...START, rounds: 5 }, { a: overfitting, b: overfitting }, limits);
    expect((await there.train()).job.result).toMatchObject({ rounds: 5, round: 5 });
    expect(await stepsOf(there)).toBe(5);
    const [model] = await there.records.list('Model');
    expect(model?.body).toMatchObject({ local_1: { path: expect.stringContaining('local_model_a') } });
  });

  it('is the last one if the run sets return to last', async () => {
    await using there = await grid(
      { ...START, rounds: 4, return: 'last' },
      { a: overfitting, b: overfitting },
      limits,
    );
    expect((await there.train()).job.result).toMatchObject({ rounds: 4, round: 4 });
    expect(await stepsOf(there)).toBe(4);
  });

  it.each([
    ['an asynchronous algorithm', { algorithm: 'FedBuff', buffer_size: 2, server_lr: 1 }],
    ['an algorithm of another server step', { algorithm: 'FedAvgM', server_momentum: 0, server_lr: 1 }],
  ])('is the best one with %s', async (_what, algorithm) => {
    await using there = await grid(
      { ...START, ...algorithm, rounds: 4 },
      { a: overfitting, b: overfitting },
      limits,
    );
    const { job } = await there.train();
    expect(job).toMatchObject({ error: null, result: { rounds: 4, round: 2 } });
    expect(await stepsOf(there)).toBe(2);
  });

  it('is chosen by the losses of the same participants if each round selects a part of them', async () => {
    const offsets = { a: 0, b: 1, c: 2, d: 3 };
    const trained: string[] = [];
    const worker = (name: keyof typeof offsets) => {
      // Falls in every round at every participant; with one of four participants at a time it would seem to rise.
      const { train, evaluate } = measuring((steps) => offsets[name] + 1 / (steps + 1));
      const noted: TaskHandler = (task) => {
        trained[(task.payload as TrainTask).round] = name;
        return train(task);
      };
      return { train: noted, evaluate };
    };
    await using there = await grid(
      { ...START, rounds: 8, patience: 2, fraction_fit: 0.25 },
      { a: worker('a'), b: worker('b'), c: worker('c'), d: worker('d') },
      limits,
    );
    const { job, of } = await there.train();
    expect(job).toMatchObject({ error: null, result: { rounds: 8, round: 8 } });
    const measured = of('metric').filter(({ round }) => Number(round) > 0);
    expect(measured.map(({ participants }) => Object.keys(participants as object).join(' '))).toEqual(
      Array(8).fill('a b c d'),
    );
    expect(new Set(trained.slice(1)).size).toBeGreaterThan(1);
  });
});
