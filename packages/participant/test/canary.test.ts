import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  createManifest,
  createRegistry,
  initialiseWeights,
  parseModel,
  parseRunArguments,
} from '@synergos/fed-algorithms';
import { DataPlane, encodeSafetensors, WorkerClient, type TensorsRef } from '@synergos/rpc-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TaskThread } from '../src/worker/index.js';
import { SPACE } from './folders.js';
import { recordedLine } from './sent-bytes.js';

/** Texts that stand only in cells, and a part of the absolute paths. Nothing that the worker sends may hold them. */
const CELLS = ['Zebedee', 'Quillfeather', '731846', '1987-03-14'];
const PATH = 'canary-of-paths';

const SCHEMA = '{"age": "float32", "sex": "category", "smokes": "bool", "target": "category"}';
const HEADER = 'age,sex,smokes,name,born,target\n';
const GOOD =
  HEADER +
  '731846.25,f,true,Zebedee,1987-03-14,ill\n731846.5,m,no,"Quillfeather, Q",1987-03-14,well\n'.repeat(10);
const METADATA = '{"datatype": "tabular"}';

type Files = Readonly<Record<string, string | Uint8Array>>;
const folder = (change: Files = {}): Files => ({
  'metadata.json': METADATA,
  'schema.json': SCHEMA,
  'data.csv': GOOD,
  ...change,
});

let root: string;
let plane: DataPlane;
let thread: TaskThread;
let client: WorkerClient;
let line: Awaited<ReturnType<typeof recordedLine>>;
let global: TensorsRef;
const logged: string[] = [];

const registry = createRegistry();
const model = [
  { l_type: 'Linear', structure: { in_features: 5, out_features: 1 }, activation: 'sigmoid', is_input: true },
];
const manifest = createManifest(parseModel(model));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), `${PATH}-`));
  await chmod(root, 0o755);
  plane = new DataPlane({ authenticate: () => 'ok' });
  line = await recordedLine((await plane.listen(0)).port);
  const log = (fields: { err?: Error }, message: string) =>
    void logged.push(`${message} ${fields.err?.stack} ${(fields.err?.cause as Error | undefined)?.stack}`);
  const logger = { debug() {}, info() {}, warn: log, error: log };
  thread = new TaskThread({
    entry: new URL('canary-thread.mjs', import.meta.url),
    settings: { dataDirectory: join(root, 'data'), outputsDirectory: join(root, 'outputs') },
    logger,
  });
  client = new WorkerClient({
    url: line.url,
    participant: 'a',
    software: 'test',
    handlers: thread.handlers,
    logger,
  });
  client.start();
  await plane.whenConnected(['a'], { timeoutMs: 10_000 });
  global = await plane.publish(
    encodeSafetensors(manifest.tensors, initialiseWeights(parseModel(model), manifest, 1)),
  );
});
afterAll(async () => {
  await client.close();
  await thread.close();
  await plane.close();
  line.close();
  await rm(root, { recursive: true, force: true });
});

async function write(name: string, files: Files) {
  for (const [file, content] of Object.entries(files)) {
    const path = join(root, 'data', name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

const key = { collab: 'c', project: 'p', expt: 'e', run: 'r' };
const workload = (action: 'classify' | 'regress', space: object) => ({
  key,
  action,
  space,
  model,
  algorithm: 'FedAvg',
  arguments: parseRunArguments(registry, { algorithm: 'FedAvg', epochs: 1, lr_scheduler: 'none' }).arguments,
});
const request = (kind: string, payload: object) =>
  plane.request(
    'a',
    { kind, payload, ...(kind === 'describe' ? {} : { tensors: { global } }) },
    { deadlineMs: 30_000, receive: () => ({ write() {}, commit() {}, abort() {} }) },
  );
const describe = (tag: string, action = 'classify') =>
  request('describe', { key, action, tags: { train: [[tag]], evaluate: [], predict: [] } });
const train = (tag: string, action: 'classify' | 'regress' = 'classify', space: object = SPACE) =>
  request('train', { ...workload(action, space), round: 1, trainTags: [[tag]], evaluateTags: [[tag]] });
const use = (kind: 'evaluate' | 'predict', tag: string) =>
  request(kind, { ...workload('classify', SPACE), tags: [[tag]], fitTags: [[tag]] });

function expectNothingSent() {
  const sent = line.text();
  expect(sent).toContain('"type":"result"');
  for (const canary of [...CELLS, PATH]) expect(sent, canary).not.toContain(canary);
}

it('sends no cell and no absolute path for valid data', async () => {
  await write('good', folder());
  await describe('good');
  await train('good');
  const { payload } = await use('evaluate', 'good');
  expect(payload).toMatchObject({ resPath: 'c/p/e/r/evaluate/inference_statistics_evaluate.json' });
  await use('predict', 'good');
  expectNothingSent();
});

const QUOTED = GOOD.replace('Zebedee', 'say "Zebedee" 731846');
it.each<[string, Files, string?]>([
  ['a quote within a cell', folder({ 'data.csv': QUOTED })],
  ['text after a quote', folder({ 'data.csv': `${GOOD}1,f,1,"Zebedee"Quillfeather,1987-03-14,ill\n` })],
  ['an open quote', folder({ 'data.csv': `${GOOD}1,f,1,"Zebedee,1987-03-14,ill\n` })],
  ['a ragged row', folder({ 'data.csv': `${GOOD}731846,Zebedee\n` })],
  ['a huge row', folder({ 'data.csv': `${GOOD}1,f,1,"${'Zebedee'.repeat(200_000)}` })],
  ['no header', folder({ 'data.csv': GOOD.slice(HEADER.length) })],
  ['another delimiter', folder({ 'data.csv': GOOD.replaceAll(',', ';') })],
  ['another encoding', folder({ 'data.csv': Buffer.from(`${GOOD}1,f,1,Zebedee\xe4,x,ill\n`, 'latin1') })],
  ['NUL', folder({ 'data.csv': `${GOOD}1,f,1,Zebedee\0,x,ill\n` })],
  [
    'misfits',
    folder({ 'schema.json': SCHEMA.replace('"sex": "category"', '"name": "int32", "born": "bool"') }),
  ],
  ['misfits of one text', folder({ 'data.csv': GOOD.replaceAll('731846.5', 'Zebedee') })],
  ['no row', folder({ 'data.csv': HEADER })],
  ['an empty file', folder({ 'data.csv': '' })],
  ['no file', folder({ 'data.csv': '', 'data.txt': 'Zebedee' })],
  ['metadata that is no JSON', folder({ 'metadata.json': '{"datatype": Zebedee}' })],
  ['metadata with other values', folder({ 'metadata.json': '{"datatype": "Zebedee", "delimiter": 731846}' })],
  ['schema that is no JSON', folder({ 'schema.json': '{"age": Zebedee Quillfeather 731846' })],
  ['schema of another shape', folder({ 'schema.json': '{"age": ["Zebedee"], "target": 731846}' })],
  ['schema that is a list', folder({ 'schema.json': '["Zebedee"]' })],
  ['an image folder', folder({ 'metadata.json': '{"datatype": "image"}', 'Zebedee.png': 'no image' })],
  ['targets that are no numbers', folder({ 'data.csv': GOOD.replaceAll('well', 'Zebedee') }), 'regress'],
  ['targets of no class', folder({ 'data.csv': GOOD.replaceAll('well', 'Zebedee') })],
  [
    'numbers beyond float32',
    folder({
      'metadata.json': '{"datatype": "tabular", "operations": {"scaling": "none"}}',
      'schema.json': SCHEMA.replace('float32', 'float64'),
      'data.csv': GOOD.replace('731846.25', '731846.25e99'),
    }),
  ],
])('reports data with %s without a cell or an absolute path', async (what, files, action) => {
  const tag = what.replaceAll(' ', '-');
  await write(tag, files);
  if (what === 'no file') await rm(join(root, 'data', tag, 'data.csv'));
  const failing = train(tag, action === 'regress' ? 'regress' : 'classify');
  await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^(invalid_|unknown_class)/) });
  expectNothingSent();
});

it.each<[string, () => Promise<unknown>, RegExp]>([
  ['an unknown tag', () => describe('nowhere'), /^tag \['nowhere'\] names no folder/],
  ['a link out', () => describe('link'), /leads out of the data directory/],
  ['a missing schema', () => describe('bare'), /^bare: schema\.json is missing$/],
])('reports %s by the tag only', async (_what, fail, message) => {
  await symlink('/', join(root, 'data', 'link')).catch(() => undefined);
  await write('bare', { 'metadata.json': METADATA, 'data.csv': GOOD });
  await expect(fail()).rejects.toThrow(message);
  expectNothingSent();
});

it('reports a failure to write results in fixed words, and logs the path on the worker', async () => {
  await write('good', folder());
  await rm(join(root, 'outputs'), { recursive: true, force: true });
  await writeFile(join(root, 'outputs'), 'a file in the place of the folder');
  for (const kind of ['evaluate', 'predict'] as const)
    await expect(use(kind, 'good')).rejects.toMatchObject({ code: 'participant_file_failed' });
  await rm(join(root, 'outputs'));
  expectNothingSent();
  expect(logged.join('\n')).toMatch(new RegExp(`ENOTDIR.*${PATH}`));
});

/** As a user that may not read what root may. */
async function unprivileged<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(10001);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

it.each(['data.csv', 'schema.json', 'metadata.json'])(
  'names a %s that the user of the worker may not read, and runs the next task',
  async (file) => {
    await write('locked', folder());
    await chmod(join(root, 'data', 'locked', file), 0o000);
    const failing = unprivileged(async () =>
      expect(describe('locked')).rejects.toMatchObject({
        code: 'participant_not_permitted',
        message: `locked: ${file} cannot be read: permission denied to the user of the worker`,
      }),
    );
    await failing;
    await chmod(join(root, 'data', 'locked', file), 0o644);
    expect((await describe('locked')).payload).toMatchObject({ train: { samples: 20 } });
    expectNothingSent();
  },
);

it('names an outputs directory that the user of the worker may not write', async () => {
  await mkdir(join(root, 'outputs'), { recursive: true });
  await chmod(join(root, 'outputs'), 0o555);
  await rm(join(root, 'outputs', 'c'), { recursive: true, force: true });
  await unprivileged(() =>
    expect(use('evaluate', 'good')).rejects.toMatchObject({
      code: 'participant_not_permitted',
      message: expect.stringContaining('--outputs-dir'),
    }),
  );
  await chmod(join(root, 'outputs'), 0o755);
  expectNothingSent();
});
