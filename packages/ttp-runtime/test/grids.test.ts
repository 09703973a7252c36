import { describe, expect, it, onTestFinished } from 'vitest';
import { createRecordStore, openDatabase, type RecordStore } from '@synergos/artifacts';
import {
  createGridEligibility,
  createPresenceRegistry,
  deliveringRecords,
  queueOf,
  requireGrid,
} from '../src/index.js';

const PROJECT = { collab_id: 'c', project_id: 'p' };

/** Records of a project with participants and the number of their nodes. */
async function recordsOf(nodes: Readonly<Record<string, number>>): Promise<RecordStore> {
  const database = await openDatabase({ path: ':memory:' });
  onTestFinished(() => database.close());
  const records = createRecordStore(database);
  await records.create('Collaboration', PROJECT, {});
  await records.create('Project', PROJECT, { action: 'classify' });
  for (const [participant_id, n_count] of Object.entries(nodes)) {
    const key = { ...PROJECT, participant_id };
    await records.create('Participant', key, {});
    await records.create('Registration', key, { role: 'guest', n_count });
    await records.create('Tag', key, { train: [['t']] });
  }
  return records;
}

const train = { kind: 'train', payload: { ...PROJECT, expt_id: 'e', run_id: 'r' } };
const align = { kind: 'align', payload: PROJECT };
const predictOf = (participant_id: string) => ({
  kind: 'predict',
  payload: { ...train.payload, participant_id },
});

describe('a grid', () => {
  it('takes work while all required workers are connected', async () => {
    const connected = new Set(['a']);
    let nowMs = 0;
    const records = await recordsOf({ a: 1, b: 2, d: 1 });
    const options = { records, isConnected: (name: string) => connected.has(name), nowMs: () => nowMs };
    const canTake = createGridEligibility({ ...options, grid: 0 });
    expect(await canTake(align)).toBe(false);
    expect(await canTake(predictOf('a'))).toBe(true);
    expect(await canTake(predictOf('b'))).toBe(false);
    for (const name of ['b', 'd']) connected.add(name);
    expect(await canTake(align)).toBe(true);
    expect(await canTake(train)).toBe(true);
    // The other participants have no second node.
    const second = createGridEligibility({ ...options, grid: 1 });
    expect(await second(align)).toBe(false);
    expect(await second(predictOf('b'))).toBe(true);
    // A new registration is visible after a second.
    await records.update('Registration', { ...PROJECT, participant_id: 'a' }, { n_count: 2 });
    await records.update('Registration', { ...PROJECT, participant_id: 'd' }, { n_count: 2 });
    nowMs += 1001;
    expect(await second(align)).toBe(true);
  });

  it('takes a training without absent workers if at least half are connected for a minute', async () => {
    const connected = new Set(['a', 'b']);
    let nowMs = 0;
    const canTake = createGridEligibility({
      records: await recordsOf({ a: 1, b: 1, d: 1, e: 1 }),
      grid: 0,
      isConnected: (name) => connected.has(name),
      nowMs: () => nowMs,
    });
    expect(await canTake(train)).toBe(false);
    nowMs = 59_000;
    connected.delete('a');
    expect(await canTake(train)).toBe(false);
    connected.add('a');
    expect(await canTake(train)).toBe(false);
    nowMs = 118_000;
    expect(await canTake(train)).toBe(false);
    nowMs = 119_500;
    expect(await canTake(align)).toBe(false);
    expect(await canTake(train)).toBe(true);
  });

  it('takes invalid work to report its error', async () => {
    const canTake = createGridEligibility({
      records: await recordsOf({}),
      grid: 0,
      isConnected: () => false,
    });
    expect(await canTake(align)).toBe(true);
    expect(await canTake({ kind: 'align', payload: {} })).toBe(true);
  });
});

it('work of participants without a node is rejected with their names', async () => {
  const records = await recordsOf({ a: 1, b: 0 });
  await expect(requireGrid(records, align)).rejects.toMatchObject({
    code: 'no_grid',
    message: expect.stringContaining('b registered no node') as string,
    issues: [{ path: 'node_0', message: expect.stringContaining('b has no node') as string }],
  });
  await requireGrid(records, predictOf('a'));
});

it('jobs wait in the queue of their project, predictions in that of their participant', () => {
  expect(queueOf('align', PROJECT)).toEqual({ priority: 'preprocess', scope: ['c', 'p'] });
  expect(queueOf('train', train.payload)).toEqual({ priority: 'train', scope: ['c', 'p'] });
  expect(queueOf('validate', train.payload)).toEqual({ priority: 'evaluate', scope: ['c', 'p'] });
  expect(queueOf('predict', predictOf('a').payload)).toEqual({
    priority: 'evaluate',
    scope: ['c', 'p', 'a'],
  });
});

it('the records of a job are delivered with its result, and stored nowhere else', async () => {
  const records = await recordsOf({ a: 1 });
  const key = { ...PROJECT, participant_id: 'a' };
  const handlers = deliveringRecords(records, ['align'], (outbox) => ({
    align: async () => {
      await outbox.put('Alignment', key, { train: 1 });
      await outbox.update('Project', PROJECT, { universe_alignment: ['x'] });
      expect(await outbox.update('Run', train.payload as never, {})).toBeUndefined();
      return 'done';
    },
  }));
  const home = await handlers.align!({
    job: { kind: 'align' },
    signal: AbortSignal.any([]),
    emit: async () => {},
  } as never);
  expect(home).toEqual({
    result: 'done',
    records: [
      { operation: 'put', kind: 'Alignment', key, body: { train: 1 } },
      { operation: 'update', kind: 'Project', key: PROJECT, body: { universe_alignment: ['x'] } },
    ],
  });
  expect(await records.list('Alignment')).toEqual([]);
});

it('TTPs are listed as long as they report their presence', () => {
  let nowMs = 0;
  const board = createPresenceRegistry({ nowMs: () => nowMs });
  const worker = (participant: string, connected: boolean) => ({
    participant,
    connected,
    lastSeen: 1,
    software: 'w',
    hardware: { cpus: 2 },
    capabilities: [],
  });
  const tell = (ttp: string, grid: number, participants: object[], leaves = false) =>
    board.hear({ ttp, grid, dataPort: 1, job: null, participants, leaves });
  tell('y', 1, [worker('a', true)]);
  tell('x', 0, [worker('a', false), worker('b', false)]);
  board.hear({ ttp: 'broken' });
  expect(board.list().map(({ ttp }) => ttp)).toEqual(['x', 'y']);
  expect(board.status('a')).toMatchObject({ ttp: 'y', connected: true });
  expect(board.status('b')).toMatchObject({ ttp: 'x', connected: false });
  expect(board.status('z')).toBeUndefined();
  tell('x', 0, [], true);
  expect(board.list().map(({ ttp }) => ttp)).toEqual(['y']);
  nowMs = 6000;
  expect(board.list()).toEqual([]);
});
