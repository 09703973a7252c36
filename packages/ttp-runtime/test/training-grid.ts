import { readEvent } from '@synergos/contract/events';
import { expect } from 'vitest';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createJobStore,
  createLocalStore,
  createRecordStore,
  namesIn,
  openDatabase,
  type ArtifactStore,
} from '@synergos/artifacts';
import { createEngine, createRegistry } from '@synergos/fed-algorithms';
import {
  DataPlane,
  decodeSafetensors,
  encodeSafetensors,
  WorkerClient,
  type TaskHandler,
  type TrainTask,
} from '@synergos/rpc-core';
import { createInProcessQueue, type JobEvent } from '@synergos/scaling';
import { createUploadSlots } from '../src/index.js';
import { createJobHandlers, type DeadlineLimits } from '@synergos/orchestration';

export const IDS = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
const SPACE = { datatype: 'tabular', columns: [], features: ['x'], classes: ['a', 'b'] };
const MODEL = [
  { l_type: 'Linear', structure: { in_features: 1, out_features: 1 }, activation: 'sigmoid', is_input: true },
];

/** A worker with a known result: its update has the value `step` everywhere. */
export const stepping =
  (
    step: number,
    onTask: (round: number) => void | Promise<void> = () => undefined,
    evaluation: (round: number) => object | null = () => null,
  ): TaskHandler =>
  async ({ payload, tensors }) => {
    const { round } = payload as TrainTask;
    await onTask(round);
    const { tensors: infos, data } = decodeSafetensors(tensors.global ?? new Uint8Array());
    return {
      payload: {
        samples: 1,
        steps: 1,
        epochs: 1,
        loss: 1,
        stoppedEarly: false,
        seconds: 0,
        evaluation: evaluation(round),
      },
      tensors: {
        update: encodeSafetensors(
          infos,
          data.map(() => step),
        ),
      },
    };
  };

export type Tensor = ReturnType<typeof decodeSafetensors>['tensors'][number];

/** An update of these tensors in which all values are the same. */
export function filled(tensors: readonly Tensor[], value: number): Uint8Array {
  const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return encodeSafetensors(tensors, new Float32Array(values).fill(value));
}

interface Line {
  readonly port: number;
  cut(): void;
}

/** The network connection between a worker and its TTP. */
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

type Capabilities = Readonly<Record<string, readonly string[]>>;
type TaskHandlers = Readonly<Record<string, TaskHandler>>;

interface GridOptions {
  readonly absenceGraceMs?: number;
  readonly stagingBytes?: number;
  /** Default: a local store. */
  readonly artifacts?: ArtifactStore;
  readonly connectTimeoutMs?: number;
  /** Capabilities that a participant's worker announces. Default: none. */
  readonly capabilities?: Capabilities;
  /** Training rows of each participant when the project was aligned. */
  readonly rows?: Readonly<Record<string, number>>;
  /** Each participant has evaluation data. */
  readonly evaluates?: boolean;
  readonly model?: readonly object[];
  readonly deadlines?: DeadlineLimits;
}

/** A participant's Alignment record, with this number of rows of each kind. */
function alignmentOf(rows: number) {
  return {
    ...{ train: { X: [], y: [] }, evaluate: { X: [], y: [] }, predict: { X: [], y: [] } },
    data_versions: { train: 'v1', evaluate: 'v1', predict: 'v1' },
    samples: { train: rows, evaluate: rows, predict: rows },
  };
}

/** A data plane, stores and a queue; workers are real clients with the given handlers. */
export async function grid(
  run: object,
  workers: Readonly<Record<string, TaskHandler | TaskHandlers | undefined>>,
  {
    absenceGraceMs = 200,
    stagingBytes = 2 ** 20,
    artifacts,
    capabilities = {},
    connectTimeoutMs = 500,
    evaluates = false,
    rows = {},
    model = MODEL,
    deadlines,
  }: GridOptions = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-quorum-'));
  const database = await openDatabase({ path: join(directory, 'records.sqlite') });
  const records = createRecordStore(database);
  await records.create('Collaboration', IDS, {});
  await records.create('Project', IDS, { action: 'classify', common_space: SPACE });
  await records.create('Experiment', IDS, { model });
  await records.create('Run', IDS, { lr_scheduler: 'none', rounds: 2, ...run });
  for (const participant_id of Object.keys(workers)) {
    await records.create('Participant', { participant_id }, {});
    await records.create('Registration', { ...IDS, participant_id }, {});
    const tags = { train: [['data']], ...(evaluates && { evaluate: [['data']] }) };
    await records.create('Tag', { ...IDS, participant_id }, tags);
    const train = rows[participant_id];
    if (train !== undefined) await records.put('Alignment', { ...IDS, participant_id }, alignmentOf(train));
  }
  const dataPlane = new DataPlane({ authenticate: () => 'ok' });
  const { port } = await dataPlane.listen(0);
  const clients = new Map<string, WorkerClient>();
  const lines = new Map<string, Line>();
  const start = async (participant: string, able = capabilities[participant] ?? []) => {
    const worker = workers[participant];
    if (worker === undefined) return;
    const handlers = typeof worker === 'function' ? { train: worker } : worker;
    const line = await startLine(port);
    const url = `http://127.0.0.1:${line.port}`;
    const client = new WorkerClient({
      url,
      participant,
      software: 'test',
      handlers,
      capabilities: able,
    });
    client.start();
    clients.set(participant, client);
    lines.set(participant, line);
  };
  await Promise.all(Object.keys(workers).map((participant) => start(participant)));
  const scratch = createLocalStore(join(directory, 'outputs'));
  const files: ArtifactStore = artifacts ?? scratch;
  const queue = createInProcessQueue({ store: createJobStore(database) });
  const parts = {
    records,
    artifacts: files,
    scratch,
    dataPlane,
    registry: createRegistry(),
    engine: createEngine(),
  };
  const uploads = createUploadSlots({ directory: join(directory, 'staging'), memoryBytes: stagingBytes });
  const limits = { connectTimeoutMs, absenceGraceMs, uploads, ...(deadlines && { deadlines }) };
  await queue.start(createJobHandlers({ ...parts, ...limits }));

  return {
    clients,
    checkpoints: () => namesIn(scratch, 'c/p/e/r/checkpoints'),
    model: () => files.get('c/p/e/r/global_model.safetensors'),
    json: async (name: string): Promise<unknown> =>
      JSON.parse(Buffer.from((await files.get(`c/p/e/r/${name}`)) ?? '').toString()),
    records,
    /** Starts the participant's worker again, like a new process. */
    restart: start,
    /** Breaks the participant's connection for good. */
    cut: (participant: string) => lines.get(participant)?.cut(),
    connected: (participant: string) => dataPlane.whenConnected([participant], { timeoutMs: 10_000 }),
    /** Files of updates that wait for the rest of their round. */
    staged: () => {
      const staging = join(directory, 'staging');
      return existsSync(staging) ? readdirSync(staging) : [];
    },
    /** Whether workers can still load these tensors. */
    async publishes(tensors: Uint8Array) {
      const sha256 = createHash('sha256').update(tensors).digest('hex');
      const headers = { 'x-synergos-participant': 'a' };
      const { status } = await fetch(`http://127.0.0.1:${port}/v1/tensors/${sha256}`, {
        method: 'HEAD',
        headers,
      });
      return status === 200;
    },
    files,
    /** Runs a job of any kind on the project until it ends. */
    async done(kind: string, change: object = {}) {
      return queue.wait((await queue.submit(kind, { ...IDS, ...change })).id);
    },
    async validate() {
      return queue.wait((await queue.submit('validate', IDS)).id);
    },
    /** `onSubmitted` receives a function that cancels the job, and one that subscribes to its events. */
    async train(
      onSubmitted: (
        cancel: () => Promise<unknown>,
        follow: (onEvent: (event: JobEvent) => void) => void,
      ) => void = () => undefined,
    ) {
      const { id } = await queue.submit('train', IDS);
      const follow = async (onEvent: (event: JobEvent) => void) => {
        for await (const event of queue.events(id)) onEvent(event);
      };
      onSubmitted(
        () => queue.cancel(id),
        (onEvent) => void follow(onEvent),
      );
      const job = await queue.wait(id);
      const events: JobEvent[] = [];
      for await (const event of queue.events(id)) {
        expect([event, readEvent(event)?.type]).toEqual([event, event.type]);
        events.push(event);
      }
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
