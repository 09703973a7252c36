import { readFileSync } from 'node:fs';
import type { FailureCode } from '@synergos/contract';
import {
  decodeSafetensors,
  encodeSafetensors,
  TaskFailure,
  type TaskHandler,
  type TrainTask,
} from '@synergos/rpc-core';
import { describe, expect, it, vi } from 'vitest';
import { filled, grid, IDS, stepping, type Tensor } from './training-grid.js';

/** The fixture names its source. */
const nonFinite = JSON.parse(
  readFileSync(new URL('./fixtures/tff-nonfinite.json', import.meta.url), 'utf8'),
) as { cases: { id: string; algorithm: string; input: { client_update: string[] } }[] };

describe('a round', () => {
  it('continues without a participant that never connects, if enough others are connected', async () => {
    await using there = await grid({}, { a: stepping(1), b: stepping(3), c: undefined });
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'c', round: 1, code: 'absent' },
      { participant: 'c', round: 2, code: 'absent' },
    ]);
    expect(of('update_received')).toHaveLength(4);
  });

  it('names the participants that contributed nothing or missed rounds in record and result', async () => {
    let rounds = 0;
    const once: TaskHandler = (task) =>
      rounds++ === 0 ? stepping(1)(task) : Promise.reject(new TaskFailure('no_samples', 'no more data'));
    await using there = await grid({}, { a: stepping(1), b: stepping(1), c: undefined, d: once });
    await there.records.create('Participant', { participant_id: 'e' }, {});
    await there.records.create('Registration', { ...IDS, participant_id: 'e' }, {});
    const { job } = await there.train();
    const dropped = [
      {
        participant_id: 'c',
        updates: 0,
        rounds_missed: 2,
        code: 'absent',
        reason: expect.stringContaining('not connected'),
      },
      { participant_id: 'd', updates: 1, rounds_missed: 1, code: 'no_samples', reason: 'no more data' },
      {
        participant_id: 'e',
        updates: 0,
        rounds_missed: 0,
        code: 'no_tags',
        reason: 'it is registered but has no tags in this project',
      },
    ];
    expect(job).toMatchObject({ state: 'completed', result: { rounds: 2, dropped } });
    const [model] = await there.records.list('Model');
    expect(model?.body).toMatchObject({ dropped });
  });

  it('does not start if a worker lacks a capability that the run needs, and names both', async () => {
    await using there = await grid(
      { algorithm: 'SCAFFOLD', optimizer: 'Adam' },
      { a: stepping(1), b: stepping(1), c: stepping(1) },
      {
        connectTimeoutMs: 20_000,
        capabilities: { a: ['algorithm:FedAvg', 'algorithm:FedProx'], b: ['optimizer:SGD'] },
      },
    );
    const { job, of } = await there.train();
    expect(job.error).toMatchObject({
      code: 'capability_missing',
      message: expect.stringMatching(/^a lacks algorithm SCAFFOLD; b lacks optimizer Adam\. /),
    });
    expect(of('round_started')).toEqual([]);
  });

  it.each(['validate', 'predict'])(
    'does not %s if a worker lacks a capability that the model needs',
    async (kind) => {
      const told: string[] = [];
      const use: TaskHandler = (task) => {
        told.push(task.kind);
        return Promise.reject(new TaskFailure('no_samples', 'it was asked'));
      };
      const worker = { train: stepping(1), evaluate: use, predict: use };
      await using there = await grid({ rounds: 1 }, { a: worker, b: worker }, { connectTimeoutMs: 20_000 });
      expect((await there.train()).job.error).toBeNull();
      await there.clients.get('a')?.close();
      await there.restart('a', ['layer:Conv2d', 'activation:relu']);
      await there.connected('a');
      await there.records.update('Tag', { ...IDS, participant_id: 'a' }, { evaluate: [['data']] });
      const { error } = await there.done(kind, { participant_id: 'a', tags: [['data']] });
      expect(error).toMatchObject({
        code: 'capability_missing',
        message: expect.stringMatching(/^a lacks layer Linear, activation sigmoid\. /),
      });
      expect(told).toEqual([]);
    },
  );

  it('drops an update without a vector that the algorithm declares', async () => {
    const complete: TaskHandler = async (task) => {
      const { payload, tensors } = await stepping(1)(task);
      return { payload, tensors: { ...tensors, delta_c: tensors?.update as Uint8Array } };
    };
    await using there = await grid(
      { algorithm: 'SCAFFOLD', rounds: 1, min_updates: 1 },
      { a: complete, b: stepping(1) },
    );
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'b', code: 'missing_vector', reason: "it sent no 'delta_c' with its update" },
    ]);
  });

  it('does not train on one of two participants, unless the run allows it', async () => {
    const workers = { a: stepping(1), b: undefined };
    await using there = await grid({}, workers);
    expect((await there.train()).job.error).toMatchObject({ code: 'participants_missing' });
    await using alone = await grid({ min_updates: 1 }, workers);
    expect((await alone.train()).job.state).toBe('completed');
  });

  it('does not start if fewer are connected than a round needs, and names the missing ones', async () => {
    await using there = await grid({ min_updates: 2 }, { a: stepping(1), b: undefined, c: undefined });
    const { job } = await there.train();
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'participants_missing', message: expect.stringContaining('b, c') },
    });
  });

  it('ends at once when the last missing worker is stopped, if enough others reported', async () => {
    let leave: () => void = () => undefined;
    const hanging = () => {
      leave();
      return new Promise<never>(() => undefined);
    };
    await using there = await grid(
      { rounds: 1 },
      { a: stepping(1), b: stepping(1), c: hanging },
      { absenceGraceMs: 60_000 },
    );
    leave = () => setTimeout(() => void there.clients.get('c')?.close(), 300);
    const startedMs = performance.now();
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'c', code: 'left', reason: 'its worker was stopped' },
    ]);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('waits for a stopped worker if too few others are left, and continues when it is back', async () => {
    let leave: () => void = () => undefined;
    let times = 0;
    const step = stepping(1);
    const leaving: TaskHandler = (task) => {
      if (times++ > 0) return step(task);
      leave();
      return new Promise<never>(() => undefined);
    };
    await using there = await grid(
      { rounds: 1, min_updates: 2 },
      { a: stepping(1), b: leaving },
      { absenceGraceMs: 60_000 },
    );
    leave = () =>
      void there.clients
        .get('b')
        ?.close()
        .then(() => there.restart('b'));
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toEqual([]);
    expect(of('round_retried')).toEqual([]);
  });

  it('continues without a participant with a broken connection that does not return', async () => {
    let leave: () => void = () => undefined;
    const staying = stepping(1);
    await using there = await grid(
      {},
      {
        a: staying,
        b: stepping(1),
        c: () => {
          leave();
          return new Promise(() => undefined);
        },
      },
    );
    leave = () => there.cut('c');
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')[0]).toMatchObject({ participant: 'c', code: 'absent' });
  });

  it('drops a participant with a failed worker, with its code and message', async () => {
    const failing: TaskHandler = () => Promise.reject(new TaskFailure('no_samples', 'no data today'));
    await using there = await grid({ rounds: 1, min_updates: 1 }, { a: stepping(1), b: failing });
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'b', code: 'no_samples', reason: 'no data today' },
    ]);
  });

  it.each<[string, (tensors: readonly Tensor[]) => Uint8Array, string, string]>([
    [
      'is not finite',
      (tensors) => filled(tensors, NaN),
      'not_finite',
      "tensor '0.weight' of the update holds NaN at position 0",
    ],
    [
      'has another shape',
      ([, bias]) => filled([{ name: '0.weight', shape: [1, 2] }, bias!], 1),
      'wrong_shape',
      'the update holds 0.weight[1,2] 0.bias[1]; the model is 0.weight[1,1] 0.bias[1]',
    ],
    [
      'has another format',
      (tensors) =>
        Buffer.from(Buffer.from(filled(tensors, 1)).toString('latin1').replace('F32', 'I32'), 'latin1'),
      'malformed_tensors',
      "not a valid safetensors file: tensor '0.weight' is I32; only F32, F16, BF16, I8, U32 is read",
    ],
    [
      'is cut short',
      (tensors) => filled(tensors, 1).subarray(0, -4),
      'wrong_length',
      'the update has 4 bytes of data, its header announces 8',
    ],
  ])('drops an update that %s, and reports the reason', async (_what, spoilt, code, reason) => {
    const spoiling: TaskHandler = async (task) => {
      const { payload } = await stepping(1)(task);
      const { tensors } = decodeSafetensors(task.tensors.global ?? new Uint8Array());
      return { payload, tensors: { update: spoilt(tensors) } };
    };
    await using there = await grid({ rounds: 1, min_updates: 1 }, { a: stepping(1), b: spoiling });
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('update_received')).toMatchObject([{ participant: 'a' }]);
    expect(of('participant_dropped')).toMatchObject([{ participant: 'b', code, reason }]);
  });

  it.each(nonFinite.cases)('$id: $algorithm', async ({ input }) => {
    const update = Float32Array.from(input.client_update, Number);
    const broken: TaskHandler = async (task) => {
      const { payload } = await stepping(1)(task);
      const { tensors } = decodeSafetensors(task.tensors.global ?? new Uint8Array());
      return {
        payload: { ...(payload as object), samples: 9 },
        tensors: { update: encodeSafetensors(tensors, update) },
      };
    };
    await using alone = await grid({ rounds: 1 }, { a: stepping(1) });
    await using there = await grid({ rounds: 1, min_updates: 1 }, { a: stepping(1), b: broken });
    expect((await there.train()).of('participant_dropped')).toMatchObject([{ code: 'not_finite' }]);
    await alone.train();
    // Neither its values nor its weight count.
    const model = await there.model();
    expect(model).toBeDefined();
    expect(model).toEqual(await alone.model());
  });

  it('is tried three times, then the job fails with the reasons', async () => {
    const rounds: number[] = [];
    await using there = await grid(
      { min_updates: 2 },
      { a: stepping(1, (round) => void rounds.push(round)), b: stepping(NaN) },
    );
    const { job, of } = await there.train();
    expect(job).toMatchObject({ state: 'failed', error: { code: 'quorum_missed' } });
    expect(job.error?.message).toMatch(/round 1 got 1 of at least 2 updates: b: tensor '0.weight'/);
    expect(of('round_retried')).toHaveLength(2);
    expect(rounds).toEqual([1, 1, 1]);
  });

  it('with diverging trainings only stops the run at once, and the last good checkpoint is kept', async () => {
    const rounds: number[] = [];
    const diverging =
      (code: FailureCode): TaskHandler =>
      (task) => {
        const { round } = task.payload as TrainTask;
        rounds.push(round);
        if (round === 1) return stepping(1)(task);
        return Promise.reject(new TaskFailure(code, 'the loss is NaN'));
      };
    await using there = await grid({ rounds: 5 }, { a: diverging('diverged'), b: diverging('diverged') });
    const { job, of } = await there.train();
    expect(job.error).toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(
        /^round 2: [ab]: the loss is NaN; [ab]: the loss is NaN; the checkpoint/,
      ),
    });
    expect(rounds).toEqual([1, 1, 2, 2]);
    expect(of('round_retried')).toEqual([]);
    expect(await there.checkpoints()).toContain('round-000001.json');
  });

  it.each<[string, (round: number) => TaskHandler, RegExp]>([
    [
      'with an exploding loss',
      (round) => async (task) => {
        const { payload, ...result } = await stepping(1)(task);
        return { ...result, payload: { ...(payload as object), loss: round < 3 ? 1 : 1e9 } };
      },
      /^round 3: the mean training loss went from 1\.00 to 1\.00e\+9; the checkpoint of the round before is kept/,
    ],
    [
      'with an overflow of the model',
      () => stepping(1.7e38),
      /^round 3: the global model is no longer finite; the checkpoint of the round before is kept/,
    ],
  ])('%s stops the run, and the last good checkpoint is kept', async (_what, training, message) => {
    const train: TaskHandler = (task) => training((task.payload as TrainTask).round)(task);
    await using there = await grid({ rounds: 5, divergence_factor: 1000 }, { a: train, b: train });
    const { job, of } = await there.train();
    expect(job.error).toMatchObject({ code: 'diverged', message: expect.stringMatching(message) });
    expect(of('round_started')).toMatchObject([{ round: 1 }, { round: 2 }, { round: 3 }]);
    const kept = await there.checkpoints();
    expect(kept).toContain('round-000002.json');
    expect(kept).not.toContain('round-000003.json');
  });

  it.each(['cancelled', 'failed'] as const)(
    'of a job that is %s leaves no files behind, and the next job runs',
    async (state) => {
      let isSpoiling = true;
      let begun: Uint8Array | undefined;
      let aborted = 0;
      const spoiling: TaskHandler = async (task) => {
        if (!isSpoiling) return stepping(1)(task);
        begun = task.tensors.global;
        if (state === 'failed') throw new Error('no data today');
        return new Promise((_, reject) =>
          task.signal.addEventListener('abort', () => (aborted++, reject(new Error('no longer wanted')))),
        );
      };
      await using there = await grid(
        { min_updates: 2 },
        { a: stepping(1), b: spoiling },
        { absenceGraceMs: 60_000, stagingBytes: 0 },
      );
      let cancel: () => Promise<unknown> = () => Promise.resolve();
      const ending = there.train((cancelling) => (cancel = cancelling));
      await vi.waitFor(() => expect([begun?.length, there.staged().length]).toEqual([expect.any(Number), 1]));
      if (state === 'cancelled') await cancel();
      expect((await ending).job.state).toBe(state);
      await vi.waitFor(() => expect(aborted).toBe(state === 'cancelled' ? 1 : 0));
      expect(await there.publishes(begun!)).toBe(false);
      expect(there.staged()).toEqual([]);
      isSpoiling = false;
      const { job, of } = await there.train();
      expect(job.state).toBe('completed');
      expect(of('update_received')).toHaveLength(4);
    },
  );
});
