import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileStore, createRecordStore, openDatabase } from '@synergos/artifacts';
import { createEngine, createRegistry } from '@synergos/fed-algorithms';
import {
  DataPlane,
  decodeSafetensors,
  encodeSafetensors,
  WorkerClient,
  type TaskHandler,
  type TrainTask,
} from '@synergos/rpc-core';
import { createInMemoryJobStore, createInProcessQueue, type JobEvent } from '@synergos/scaling';
import { describe, expect, it } from 'vitest';
import { createJobHandlers } from '../src/index.js';

const IDS = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
const SPACE = { datatype: 'tabular', columns: [], features: ['x'], classes: ['a', 'b'] };
const MODEL = [
  { l_type: 'Linear', structure: { in_features: 1, out_features: 1 }, activation: 'sigmoid', is_input: true },
];

/** A worker's part, small enough to know what must come out: its update is all `step`. */
const stepping =
  (step: number, onTask: (round: number) => void = () => undefined): TaskHandler =>
  async ({ payload, tensors }) => {
    const { round } = payload as TrainTask;
    onTask(round);
    const { tensors: infos, data } = decodeSafetensors(tensors.global ?? new Uint8Array());
    return {
      payload: {
        samples: 1,
        steps: 1,
        epochs: 1,
        loss: 1,
        stoppedEarly: false,
        seconds: 0,
        evaluation: null,
      },
      tensors: {
        update: encodeSafetensors(
          infos,
          data.map(() => step),
        ),
      },
    };
  };

interface Line {
  readonly port: number;
  cut(): void;
}

/** What lies between a worker and its TTP. */
async function startLine(to: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [near, far].map((end) => end.destroy()));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A data plane, stores and a queue; workers are real clients with the handlers given. */
async function grid(
  run: object,
  workers: Readonly<Record<string, TaskHandler | undefined>>,
  absenceGraceMs = 200,
) {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-quorum-'));
  const database = await openDatabase({ path: join(directory, 'records.sqlite') });
  const records = createRecordStore(database);
  await records.create('Collaboration', IDS, {});
  await records.create('Project', IDS, { action: 'classify', common_space: SPACE });
  await records.create('Experiment', IDS, { model: MODEL });
  await records.create('Run', IDS, { lr_scheduler: 'none', rounds: 2, ...run });
  for (const participant_id of Object.keys(workers)) {
    await records.create('Participant', { participant_id }, {});
    await records.create('Registration', { ...IDS, participant_id }, {});
    await records.create('Tag', { ...IDS, participant_id }, { train: [['data']] });
  }
  const dataPlane = new DataPlane({ authenticate: () => 'ok' });
  const { port } = await dataPlane.listen(0);
  const clients = new Map<string, WorkerClient>();
  const lines = new Map<string, Line>();
  const start = async (participant: string) => {
    const train = workers[participant];
    if (train === undefined) return;
    const line = await startLine(port);
    const url = `http://127.0.0.1:${line.port}`;
    const client = new WorkerClient({ url, participant, software: 'test', handlers: { train } });
    client.start();
    clients.set(participant, client);
    lines.set(participant, line);
  };
  await Promise.all(Object.keys(workers).map(start));
  const files = createFileStore(join(directory, 'outputs'));
  const queue = createInProcessQueue({ store: createInMemoryJobStore() });
  const grounds = { records, files, dataPlane, registry: createRegistry(), engine: createEngine() };
  const waits = { connectTimeoutMs: 500, absenceGraceMs, scratchDirectory: directory };
  await queue.start(createJobHandlers({ ...grounds, ...waits }));

  return {
    clients,
    checkpoints: () => files.list('c/p/e/r/checkpoints'),
    /** The participant's worker again, as a new process would be. */
    restart: start,
    /** The participant's line goes dead and stays so. */
    cut: (participant: string) => lines.get(participant)?.cut(),
    async train() {
      const { id } = await queue.submit('train', IDS);
      const job = await queue.wait(id);
      const events: JobEvent[] = [];
      for await (const event of queue.events(id)) events.push(event);
      return {
        job,
        events,
        of: (type: string) => events.filter((event) => event.type === type).map(({ data }) => data),
      };
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      await Promise.all([...clients.values()].map((client) => client.close()));
      for (const line of lines.values()) line.cut();
      await dataPlane.close();
      await database.close();
      rmSync(directory, { recursive: true });
    },
  };
}

describe('a round', () => {
  it('goes on without a participant that never connects, if enough others are there', async () => {
    await using there = await grid({}, { a: stepping(1), b: stepping(3), c: undefined });
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'c', round: 1, code: 'absent' },
      { participant: 'c', round: 2, code: 'absent' },
    ]);
    expect(of('update_received')).toHaveLength(4);
  });

  it('does not begin where fewer are connected than a round needs, and names who is missing', async () => {
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
    await using there = await grid({ rounds: 1 }, { a: stepping(1), b: stepping(1), c: hanging }, 60_000);
    leave = () => setTimeout(() => void there.clients.get('c')?.close(), 300);
    const startedMs = performance.now();
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'c', code: 'left', reason: 'its worker was stopped' },
    ]);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('waits for a worker that was stopped where too few others are left, and goes on when it is back', async () => {
    let leave: () => void = () => undefined;
    let times = 0;
    const step = stepping(1);
    const leaving: TaskHandler = (task) => {
      if (times++ > 0) return step(task);
      leave();
      return new Promise<never>(() => undefined);
    };
    await using there = await grid({ rounds: 1, min_updates: 2 }, { a: stepping(1), b: leaving }, 60_000);
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

  it('goes on without a participant whose connection broke and that stays away', async () => {
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

  it('drops a participant whose worker fails, with its code and words', async () => {
    const failing: TaskHandler = () =>
      Promise.reject(Object.assign(new Error('no data today'), { code: 'no_data' }));
    await using there = await grid({ rounds: 1 }, { a: stepping(1), b: failing });
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      { participant: 'b', code: 'no_data', reason: 'no data today' },
    ]);
  });

  it('drops an update that is not finite, and says where', async () => {
    await using there = await grid({ rounds: 1 }, { a: stepping(1), b: stepping(NaN) });
    const { job, of } = await there.train();
    expect(job.state).toBe('completed');
    expect(of('participant_dropped')).toMatchObject([
      {
        participant: 'b',
        code: 'not_finite',
        reason: "tensor '0.weight' of the update holds NaN at position 0",
      },
    ]);
  });

  it('is tried three times, then the job fails with the reasons', async () => {
    const rounds: number[] = [];
    await using there = await grid(
      { min_updates: 2 },
      { a: stepping(1, (round) => rounds.push(round)), b: stepping(NaN) },
    );
    const { job, of } = await there.train();
    expect(job).toMatchObject({ state: 'failed', error: { code: 'quorum_missed' } });
    expect(job.error?.message).toMatch(/round 1 got 1 of at least 2 updates: b: tensor '0.weight'/);
    expect(of('round_retried')).toHaveLength(2);
    expect(rounds).toEqual([1, 1, 1]);
  });

  it('in which every training diverges stops the run at once, and the last good checkpoint is kept', async () => {
    const rounds: number[] = [];
    const diverging =
      (code: string): TaskHandler =>
      (task) => {
        const { round } = task.payload as TrainTask;
        rounds.push(round);
        if (round === 1) return stepping(1)(task);
        return Promise.reject(Object.assign(new Error('the loss is NaN'), { code }));
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
});
