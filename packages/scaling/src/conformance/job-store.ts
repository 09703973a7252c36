import assert from 'node:assert/strict';
import type { Job, JobStore } from '../job.js';

/** One thing every implementation has to do; `check` rejects if it does not. */
export interface Behaviour<Subject> {
  readonly behaviour: string;
  check(subject: Subject): Promise<void>;
}

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:01.000Z';

function job(id: string, changes: Partial<Job> = {}): Job {
  return {
    id,
    kind: 'train',
    payload: { rounds: 3, nested: { list: [1, null, 'é'] } },
    state: 'queued',
    result: null,
    error: null,
    after: null,
    lane: '',
    holder: null,
    attempts: 0,
    createdAt: AT,
    startedAt: null,
    finishedAt: null,
    ...changes,
  };
}

/** Behaviours of a `JobStore`. Each check needs a fresh, empty store. */
export const jobStoreBehaviours: readonly Behaviour<JobStore>[] = [
  {
    behaviour: 'a job comes back as it was put in',
    async check(store) {
      await store.insert(job('a'));
      assert.deepEqual(await store.get('a'), job('a'));
      assert.equal(await store.get('b'), undefined);
    },
  },
  {
    behaviour: 'a job does not follow later changes of its payload',
    async check(store) {
      const payload = { rounds: 3 };
      await store.insert(job('a', { payload }));
      payload.rounds = 4;
      assert.deepEqual((await store.get('a'))?.payload, { rounds: 3 });
    },
  },
  {
    behaviour: 'a second job of one id is refused and the first is kept',
    async check(store) {
      await store.insert(job('a'));
      await assert.rejects(store.insert(job('a', { kind: 'align' })));
      assert.deepEqual(await store.list(), [job('a')]);
    },
  },
  {
    behaviour: 'jobs are listed oldest first, whatever their ids and however they changed',
    async check(store) {
      for (const id of ['c', 'a', 'b']) await store.insert(job(id));
      await store.transition('c', ['queued'], { state: 'running' });
      assert.deepEqual(
        (await store.list()).map(({ id }) => id),
        ['c', 'a', 'b'],
      );
    },
  },
  {
    behaviour: 'jobs are listed by state and kind',
    async check(store) {
      await store.insert(job('a'));
      await store.insert(job('b', { state: 'running' }));
      await store.insert(job('c', { kind: 'align' }));
      const ids = async (filter: Parameters<JobStore['list']>[0]) =>
        (await store.list(filter)).map(({ id }) => id);
      assert.deepEqual(await ids({ states: ['queued'] }), ['a', 'c']);
      assert.deepEqual(await ids({ states: ['queued', 'running'], kinds: ['train'] }), ['a', 'b']);
      assert.deepEqual(await ids({ kinds: ['align'] }), ['c']);
      assert.deepEqual(await ids({ states: [] }), []);
      assert.deepEqual(await ids({ kinds: [] }), []);
    },
  },
  {
    behaviour: 'jobs are listed by the ids in their payload',
    async check(store) {
      const of = { collab_id: 'c', project_id: 'p' };
      await store.insert(job('a', { payload: { ...of, run_id: 'r' } }));
      await store.insert(job('b', { payload: { ...of, run_id: 's' } }));
      await store.insert(job('c', { payload: of }));
      const ids = async (filter: Parameters<JobStore['list']>[0]) =>
        (await store.list(filter)).map(({ id }) => id);
      assert.deepEqual(await ids({ of }), ['a', 'b', 'c']);
      assert.deepEqual(await ids({ of: { ...of, run_id: 's' } }), ['b']);
      assert.deepEqual(await ids({ of: { collab_id: 'd' } }), []);
    },
  },
  {
    behaviour: 'the newest jobs are listed in pages, each oldest first',
    async check(store) {
      for (const id of ['a', 'b', 'c', 'd', 'e'])
        await store.insert(job(id, { kind: id === 'd' ? 'align' : 'train' }));
      const ids = async (filter: Parameters<JobStore['list']>[0]) =>
        (await store.list({ kinds: ['train'], newest: 2, ...filter })).map(({ id }) => id);
      assert.deepEqual(await ids({}), ['c', 'e']);
      assert.deepEqual(await ids({ before: 'c' }), ['a', 'b']);
      assert.deepEqual(await ids({ before: 'a' }), []);
      assert.deepEqual(await ids({ before: 'unknown' }), []);
    },
  },
  {
    behaviour: 'jobs are counted by state',
    async check(store) {
      await store.insert(job('a'));
      await store.insert(job('b', { state: 'running' }));
      await store.insert(job('c'));
      const none = { completed: 0, failed: 0, cancelled: 0 };
      assert.deepEqual(await store.counts(), { ...none, queued: 2, running: 1 });
    },
  },
  {
    behaviour: 'a transition changes what it names and nothing else',
    async check(store) {
      await store.insert(job('a'));
      const running = job('a', { state: 'running', attempts: 1, startedAt: AT });
      assert.deepEqual(
        await store.transition('a', ['queued'], { state: 'running', attempts: 1, startedAt: AT }),
        running,
      );
      const result = { losses: [0.5, 0.25] };
      const done = { ...running, state: 'completed', result, finishedAt: LATER };
      assert.deepEqual(
        await store.transition('a', ['running'], { state: 'completed', result, finishedAt: LATER }),
        done,
      );
      assert.deepEqual(await store.get('a'), done);
    },
  },
  {
    behaviour: 'an error is kept with its code',
    async check(store) {
      await store.insert(job('a'));
      const error = { code: 'quorum_missed', message: 'two of three participants left' };
      await store.transition('a', ['queued'], { state: 'failed', error });
      assert.deepEqual((await store.get('a'))?.error, error);
    },
  },
  {
    behaviour: 'a transition from another state does nothing',
    async check(store) {
      await store.insert(job('a'));
      assert.equal(await store.transition('a', ['running', 'failed'], { state: 'completed' }), undefined);
      assert.equal(await store.transition('a', [], { state: 'completed' }), undefined);
      assert.equal(await store.transition('b', ['queued'], { state: 'running' }), undefined);
      assert.deepEqual(await store.get('a'), job('a'));
    },
  },
  {
    behaviour: 'one of several concurrent claims of a job succeeds',
    async check(store) {
      await store.insert(job('a'));
      const claims = Array.from({ length: 20 }, () =>
        store.transition('a', ['queued'], { state: 'running' }),
      );
      const got = (await Promise.all(claims)).filter((claimed) => claimed !== undefined);
      assert.equal(got.length, 1);
    },
  },
  {
    behaviour: 'events are numbered from 1 within their job',
    async check(store) {
      const first = await store.appendEvent('a', 'round', { round: 1, loss: 0.5 }, AT);
      assert.deepEqual(first, {
        job: 'a',
        sequence: 1,
        at: AT,
        type: 'round',
        data: { round: 1, loss: 0.5 },
      });
      const second = await store.appendEvent('a', 'round', { round: 2 }, LATER);
      const other = await store.appendEvent('b', 'round', {}, LATER);
      assert.deepEqual(await store.events('a'), [first, second]);
      assert.deepEqual(await store.events('b'), [other]);
      assert.equal(other.sequence, 1);
    },
  },
  {
    behaviour: 'events are read from a sequence number on',
    async check(store) {
      for (let round = 1; round <= 12; round++) await store.appendEvent('a', 'round', { round }, AT);
      assert.deepEqual(
        (await store.events('a', 9)).map(({ sequence }) => sequence),
        [10, 11, 12],
      );
      assert.deepEqual(
        (await store.events('a', 3, 2)).map(({ sequence }) => sequence),
        [4, 5],
      );
      assert.deepEqual(await store.events('a', 12), []);
      assert.deepEqual(await store.events('unknown'), []);
    },
  },
  {
    behaviour: 'events are read from the newest of a type on; all of them where there is none of it',
    async check(store) {
      for (const type of ['queued', 'round', 'metric', 'round', 'metric', 'metric'])
        await store.appendEvent('a', type, {}, AT);
      await store.appendEvent('b', 'round', {}, AT);
      const sequences = async (type: string) =>
        (await store.eventsFromLast('a', type)).map(({ sequence }) => sequence);
      assert.deepEqual(await sequences('round'), [4, 5, 6]);
      assert.deepEqual(await sequences('metric'), [6]);
      assert.deepEqual(await sequences('completed'), [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(await store.eventsFromLast('unknown', 'round'), []);
    },
  },
  {
    behaviour: 'events appended at once take different numbers without a gap',
    async check(store) {
      const appended = await Promise.all(
        Array.from({ length: 50 }, (_, part) => store.appendEvent('a', 'part', { part }, AT)),
      );
      const sequences = appended.map(({ sequence }) => sequence).sort((one, other) => one - other);
      assert.deepEqual(
        sequences,
        Array.from({ length: 50 }, (_, at) => at + 1),
      );
      assert.deepEqual(
        await store.events('a'),
        [...appended].sort((one, other) => one.sequence - other.sequence),
      );
    },
  },
];
