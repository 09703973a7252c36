import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createIdempotencyKeys,
  createJobStore,
  createLocalStore,
  type ArtifactStore,
  createParticipantTokens,
  createRecordStore,
  globalLossHistoryFile,
  globalModelFile,
  keyOf,
  openDatabase,
  type RecordKey,
} from '@synergos/artifacts';
import { type Logger, type RunChecks, silentLogger } from '@synergos/contract';
import { createOptimizer } from '@synergos/orchestration';
import {
  createDividedQueue,
  createInProcessQueue,
  jobsOfKinds,
  OPTIMIZE,
  type JobHandler,
} from '@synergos/scaling';
import { createMetrics, createRestApi, serve, type Auth } from '../src/index.js';

export const TOKEN = 'admin-token-of-the-test';

/** Run checks with only the fields that the tests read. */
const simpleChecks: RunChecks = {
  algorithms: [],
  parseModel: (raw: unknown) => {
    const layers = raw as { l_type?: string }[];
    const issues = layers.flatMap(({ l_type }, index) =>
      l_type === 'Linear'
        ? []
        : [{ path: `model.${index}.l_type`, message: `unknown layer '${String(l_type)}'` }],
    );
    if (issues.length > 0)
      throw Object.assign(new Error('model: unknown layer'), { code: 'invalid_model', issues });
    return layers.map((layer) => ({ is_input: false, ...layer }));
  },
  parseArguments: (raw: unknown) => {
    const given = raw as Record<string, unknown>;
    const { algorithm = 'FedProx', rounds = 10, mu = 0.1 } = given;
    if (typeof rounds !== 'number' || rounds < 1)
      throw Object.assign(new Error('rounds: expected a whole number from 1'), {
        code: 'invalid_arguments',
        issues: [{ path: 'rounds', message: 'expected a whole number from 1' }],
      });
    const names = ['algorithm', 'rounds', 'mu', 'trial'];
    const unknown = Object.keys(given).filter((name) => !names.includes(name));
    return { arguments: { algorithm, rounds, mu }, ignored: unknown, unknown };
  },
};

export interface ServerOptions {
  readonly allowedHosts?: readonly string[];
  readonly mostConnections?: number;
  readonly logger?: Logger;
  readonly auth?: Auth;
  readonly checks?: RunChecks;
  readonly mostEventStreams?: number;
  readonly overwrite?: boolean;
  readonly databaseWaitMs?: number;
  readonly allowsTracker?: (origin: string) => boolean;
  /** Default: a local store. */
  readonly artifacts?: ArtifactStore;
  readonly handlers?: (handlers: Record<string, JobHandler>) => Record<string, JobHandler>;
}

/** A TTP's REST API on a free port, with real stores and a real queue; only the federated work is faked. */
export async function startServer({
  auth = { kind: 'token', token: TOKEN },
  checks = simpleChecks,
  mostEventStreams,
  overwrite = false,
  databaseWaitMs = 5000,
  allowsTracker,
  handlers,
  allowedHosts,
  mostConnections,
  logger = silentLogger,
  artifacts,
}: ServerOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'synergos-rest-'));
  const database = await openDatabase({ path: join(directory, 'records.sqlite') });
  const records = createRecordStore(database);
  const outputs = join(directory, 'outputs');
  const scratch = createLocalStore(outputs);
  const storage = { artifacts: artifacts ?? scratch, scratch };
  const store = createJobStore(database);
  const grid = createInProcessQueue({ store: jobsOfKinds(store, (kind) => kind !== OPTIMIZE) });
  const optimizations = createInProcessQueue({ store: jobsOfKinds(store, (kind) => kind === OPTIMIZE) });
  const jobs = createDividedQueue({ store, kinds: [OPTIMIZE], queue: optimizations, rest: grid });
  const tokens = createParticipantTokens(database);
  const work: Record<string, JobHandler> = {
    align: async ({ job, emit }) => {
      const key = job.payload as RecordKey;
      const { collab_id = '', project_id = '' } = key;
      const tags = await records.list('Tag', { collab_id, project_id });
      for (const tag of tags) await records.put('Alignment', tag.key, { train: { X: [1], y: [] } });
      await emit('aligned', { features: tags.length, classes: [] });
    },
    train: async ({ job, emit }) => {
      const { collab_id = '', project_id = '', expt_id = '', run_id = '' } = job.payload as RecordKey;
      const ids = { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
      for (const round of [1, 2, 3])
        await emit('round_completed', { round, rounds: 3, updates: 2, seconds: 0.5 });
      await storage.artifacts.put(globalModelFile(ids), Buffer.from('0123456789'));
      await storage.artifacts.put(globalLossHistoryFile(ids), '{"train":[0.5]}');
      await records.put('Model', job.payload, {
        global: { origin: 'ttp', path: 'model', loss_history: 'history' },
      });
      return { rounds: job.payload.until_round ?? 3 };
    },
    validate: async ({ job }) => {
      const key = job.payload as RecordKey;
      const run = keyOf('Run', key);
      const { mu } = (await records.get('Run', run))?.body ?? {};
      for (const id of key.participant_id === undefined ? ['alice', 'bob'] : [key.participant_id])
        await records.put(
          'Validation',
          { ...run, participant_id: id },
          { evaluate: { statistics: { R2: 1, accuracy: [Number(mu), null] }, res_path: '' } },
        );
    },
    predict: async ({ job }) => {
      const { tags, ...key } = job.payload;
      await records.put('Prediction', key as RecordKey, {
        predict: { statistics: {}, res_path: '', tags: tags ?? 'those of the participant' },
      });
    },
  };
  work[OPTIMIZE] = createOptimizer({
    records,
    artifacts: storage.artifacts,
    checks,
    jobs: grid,
    history: (job) => store.events(job),
  });
  const app = createRestApi({
    records,
    jobs,
    idempotencyKeys: createIdempotencyKeys(database),
    storage,
    checks,
    auth,
    overwrite,
    ...(mostEventStreams === undefined ? {} : { mostEventStreams }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
    logger,
    databaseWaitMs,
    allowsTracker,
    metrics: createMetrics({
      jobs,
      connectedWorkers: () => 1,
      traffic: () => ({ receivedBytes: 300, sentBytes: 200 }),
    }),
    participants: {
      issueToken: (participant, expiresAt) => tokens.issue(participant, expiresAt),
      revokeToken: (participant) => tokens.revoke(participant),
      status: (participant) =>
        participant === 'alice'
          ? { participant, connected: true, lastSeen: 1, software: 'worker' }
          : undefined,
    },
  });
  const server = await serve(app, {
    port: 0,
    logger,
    ...(mostConnections === undefined ? {} : { mostConnections }),
  });
  await jobs.start(handlers === undefined ? work : handlers(work));
  const url = `http://127.0.0.1:${server.port}`;

  return {
    url,
    /** The SQLite file of the records. */
    database: join(directory, 'records.sqlite'),
    records,
    artifacts: storage.artifacts,
    /** Directory of the local store. */
    outputs,
    jobs,
    tokens,
    /** Makes one call with the admin token; returns status and parsed body. */
    async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: text === '' ? {} : parse(text),
      };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await jobs.close();
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;

export const C = '/ttp/connect/collaborations';
export const P = `${C}/c/projects`;
export const E = `${P}/p/experiments`;
export const R = `${E}/e/runs`;
export const TRAIN = '/ttp/train/collaborations/c/projects/p';
export const EVALUATE = '/ttp/evaluate/collaborations/c/projects/p';
export const PREDICT = '/ttp/evaluate/participants/alice/collaborations/c/predictions';
export const registrationOf = (participant: string) => `${P}/p/participants/${participant}/registration`;

/** Creates one collaboration, project, experiment and run; registers alice and bob with tags. */
export async function prepareProject({ call }: TestServer): Promise<void> {
  await call('POST', C, { collab_id: 'c' });
  await call('POST', P, { project_id: 'p', action: 'classify' });
  await call('POST', E, { expt_id: 'e', model: [{ l_type: 'Linear', structure: {} }] });
  await call('POST', R, { run_id: 'r', rounds: 3 });
  for (const participant_id of ['alice', 'bob']) {
    await call('POST', '/ttp/connect/participants', { participant_id });
    await call('POST', registrationOf(participant_id), { role: 'guest' });
    await call('POST', `${registrationOf(participant_id)}/tags`, {
      train: [['data', 'train']],
      evaluate: [['data', 'test']],
    });
  }
}

// oxlint-disable-next-line no-explicit-any -- tests look into answers of every shape
function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
