import type { TaskHandler, TrainTask } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { grid, stepping } from './training-grid.js';

const ROUNDS = 6;
const connectTimeoutMs = 20_000;
const roundOf = (task: Parameters<TaskHandler>[0]) => (task.payload as TrainTask).round;
const mute: TaskHandler = () => new Promise(() => undefined);

describe('a participant that missed a round', () => {
  it('delays one round only, and takes part again when it connects', async () => {
    let cut: () => void = () => undefined;
    let restart: () => Promise<void> = () => Promise.resolve();
    const asked: number[] = [];
    const dying: TaskHandler = (task) => {
      asked.push(roundOf(task));
      if (roundOf(task) !== 2) return stepping(1)(task);
      cut();
      return mute(task);
    };
    // Limits the pace: the others wait in round 5 until c is back.
    const waiting = stepping(1, (round) => (round === 5 ? restart() : undefined));
    await using there = await grid(
      { rounds: ROUNDS },
      { a: waiting, b: stepping(1), c: dying },
      { absenceGraceMs: 1500, connectTimeoutMs },
    );
    cut = () => there.cut('c');
    restart = async () => {
      await there.clients.get('c')?.close();
      await there.restart('c');
      await there.connected('c');
    };
    const { job, events } = await there.train();
    expect(job.error).toBeNull();
    const dropped = events.filter(({ type }) => type === 'participant_dropped');
    expect(dropped.map(({ data: { round, code } }) => [round, code])).toEqual([
      [2, 'absent'],
      [3, 'absent'],
      [4, 'absent'],
      [5, 'absent'],
    ]);
    expect(dropped[1]?.data.reason).toBe('it has not connected since round 2; not asked');
    expect(asked).toEqual([1, 2, 6]);
    const secondsOf = (round: number) =>
      Number(
        events.find(({ type, data }) => type === 'round_completed' && data.round === round)?.data.seconds,
      );
    expect(secondsOf(2)).toBeGreaterThan(1.4);
    for (const round of [3, 4]) expect(secondsOf(round)).toBeLessThan(1);
    expect(job.result).toMatchObject({
      dropped: [{ participant_id: 'c', updates: 2, rounds_missed: 4, code: 'absent' }],
    });
  });

  it('at its deadline is left out while it stays connected', async () => {
    const asked: number[] = [];
    const silent: TaskHandler = (task) => {
      asked.push(roundOf(task));
      return mute(task);
    };
    await using there = await grid(
      { rounds: 4, round_deadline: 2 },
      { a: stepping(1), b: stepping(1), c: silent },
      { connectTimeoutMs },
    );
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('participant_dropped').map(({ code }) => code)).toEqual(Array(4).fill('deadline'));
    expect(asked).toEqual([1]);
  });

  it('delays the first round no longer than the answer times of the others allow', async () => {
    const asked: number[] = [];
    const silent: TaskHandler = (task) => {
      asked.push(roundOf(task));
      return mute(task);
    };
    await using there = await grid(
      { rounds: 2 },
      { a: stepping(1), b: stepping(1), c: silent },
      { connectTimeoutMs, deadlines: { longestMs: 3_600_000, shortestFirstMs: 1000, shortestMs: 1000 } },
    );
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('participant_dropped')).toMatchObject([
      {
        round: 1,
        code: 'deadline',
        reason: expect.stringMatching(/^its 'train' task did not end within [1-9]/),
      },
      { round: 2, code: 'deadline' },
    ]);
    expect(asked).toEqual([1]);
  });

  it('is asked again if the quorum does not hold without it', async () => {
    let times = 0;
    const once: TaskHandler = (task) => (times++ === 0 ? mute(task) : stepping(1)(task));
    await using there = await grid({ rounds: 1, round_deadline: 2 }, { a: stepping(1), b: once });
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('round_retried')).toHaveLength(1);
  });

  it('delays an asynchronous training once', async () => {
    const asked: number[] = [];
    const silent: TaskHandler = (task) => {
      asked.push(roundOf(task));
      return mute(task);
    };
    await using there = await grid(
      { algorithm: 'FedBuff', buffer_size: 2, rounds: 20, round_deadline: 2 },
      { a: stepping(1, slow), b: stepping(1, slow), c: silent },
      { connectTimeoutMs },
    );
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('participant_dropped')).toMatchObject([{ participant: 'c', code: 'deadline' }]);
    expect(asked).toEqual([1]);
  });

  it('does not count for the quorum after it is deleted, and the model is validated without it', async () => {
    let remove: () => Promise<unknown> = () => Promise.resolve();
    let isRemoved = false;
    const removing = stepping(1, async (round) => {
      if (round === 2 && !isRemoved) await remove();
    });
    await using there = await grid(
      { rounds: 3 },
      { a: { train: removing, evaluate }, b: { train: stepping(1), evaluate } },
      { evaluates: true, connectTimeoutMs },
    );
    remove = async () => {
      isRemoved = true;
      await there.records.remove('Participant', { participant_id: 'b' });
      there.cut('b');
    };
    const { job, of } = await there.train();
    expect(job.error).toBeNull();
    expect(of('participant_dropped').at(-1)).toMatchObject({ round: 3, participant: 'b', code: 'deleted' });
    expect(await there.validate()).toMatchObject({ state: 'completed', result: { participants: ['a'] } });
  });
});

const evaluate: TaskHandler = async () => ({
  payload: { samples: 1, loss: 0.5, score: 1, statistics: {}, resPath: '/there' },
});

async function slow(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
