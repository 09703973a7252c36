import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Claim, Job, JobLeases, JobStore } from '../job.js';
import { newJob } from '../new-job.js';
import type { Behaviour } from './job-store.js';

const AT = '2026-01-01T00:00:00.000Z';
const LONG = { holder: 'a', leaseMs: 60_000 };
const SHORT = { holder: 'a', leaseMs: 150 };

function job(id: string, changes: Partial<Pick<Job, 'after' | 'lane'>> = {}): Job {
  return newJob({ id, kind: 'train', payload: { id }, createdAt: AT, ...changes });
}

async function claimed(claim: Promise<Claim>): Promise<Extract<Claim, { outcome: 'claimed' }>> {
  const got = await claim;
  assert.equal(got.outcome, 'claimed');
  return got as Extract<Claim, { outcome: 'claimed' }>;
}

/** Behaviours of `JobLeases`. Each check needs a fresh, empty store and the leases of its jobs. */
export const jobLeaseBehaviours: readonly Behaviour<JobStore & JobLeases>[] = [
  {
    behaviour: 'a claimed job runs, and is held',
    async check(store) {
      await store.insert(job('a'));
      const { job: running, fence, lost } = await claimed(store.claim('a', LONG));
      assert.equal(fence, 1);
      assert.equal(lost, 0);
      assert.ok(running.startedAt !== null);
      assert.deepEqual(
        { ...running, startedAt: null },
        { ...job('a'), state: 'running', holder: 'a', attempts: 1 },
      );
      assert.deepEqual(await store.get('a'), running);
      const held = await store.claim('a', { ...LONG, holder: 'b' });
      assert.equal(held.outcome, 'held');
      assert.ok(held.outcome === 'held' && held.forMs > 50_000 && held.forMs <= 60_000);
      assert.ok((await store.heldForMs('a')) > 50_000);
      assert.equal((await store.get('a'))?.holder, 'a');
    },
  },
  {
    behaviour: 'one of several concurrent claims of a job succeeds',
    async check(store) {
      await store.insert(job('a'));
      const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('a', LONG)));
      assert.equal(claims.filter(({ outcome }) => outcome === 'claimed').length, 1);
    },
  },
  {
    behaviour: 'a lapsed lease can be claimed, counts as lost, and cannot be renewed by its former holder',
    async check(store) {
      await store.insert(job('a'));
      const first = await claimed(store.claim('a', SHORT));
      await delay(200);
      assert.equal(await store.heldForMs('a'), 0);
      assert.equal(await store.renew('a', first.fence, 60_000), false);
      const second = await claimed(store.claim('a', { ...LONG, holder: 'b' }));
      assert.equal(second.fence, 2);
      assert.equal(second.lost, 1);
      assert.equal(second.job.attempts, 2);
      assert.equal(second.job.holder, 'b');
      assert.equal(await store.renew('a', first.fence, 60_000), false);
      await store.release('a', first.fence);
      assert.equal((await store.claim('a', LONG)).outcome, 'held');
    },
  },
  {
    behaviour: 'progress reported with the newest fence resets the count of lost leases',
    async check(store) {
      await store.insert(job('a'));
      const first = await claimed(store.claim('a', SHORT));
      await delay(200);
      const second = await claimed(store.claim('a', SHORT));
      await store.progressed('a', first.fence);
      await delay(200);
      const third = await claimed(store.claim('a', SHORT));
      assert.deepEqual([second.lost, third.lost], [1, 2]);
      await store.progressed('a', third.fence);
      await delay(200);
      assert.equal((await claimed(store.claim('a', LONG))).lost, 1);
    },
  },
  {
    behaviour: 'a lease that is renewed does not lapse',
    async check(store) {
      await store.insert(job('a'));
      const { fence } = await claimed(store.claim('a', SHORT));
      assert.equal(await store.renew('a', fence, 60_000), true);
      await delay(200);
      assert.equal((await store.claim('a', LONG)).outcome, 'held');
    },
  },
  {
    behaviour: 'a released job can be claimed at once, and does not count as lost',
    async check(store) {
      await store.insert(job('a'));
      const { fence } = await claimed(store.claim('a', LONG));
      await store.release('a', fence);
      const { lost } = await claimed(store.claim('a', LONG));
      assert.equal(lost, 0);
    },
  },
  {
    behaviour: 'a job ends once, by the newest fence alone, with its last event',
    async check(store) {
      await store.insert(job('a'));
      const first = await claimed(store.claim('a', SHORT));
      await delay(200);
      const second = await claimed(store.claim('a', LONG));
      const end = { state: 'completed', result: { rounds: 3 } } as const;
      assert.equal(await store.end('a', end, { fence: first.fence, at: AT }), undefined);
      assert.deepEqual(await store.events('a'), []);
      const ended = await store.end('a', end, { fence: second.fence, at: AT });
      assert.deepEqual(ended?.result, { rounds: 3 });
      assert.equal(ended?.state, 'completed');
      assert.equal(ended?.finishedAt, AT);
      assert.equal(await store.end('a', end, { fence: second.fence, at: AT }), undefined);
      assert.deepEqual(
        (await store.events('a')).map(({ type }) => type),
        ['completed'],
      );
      assert.equal((await store.claim('a', LONG)).outcome, 'over');
      assert.equal(await store.renew('a', second.fence, 60_000), false);
    },
  },
  {
    behaviour: 'a job can be cancelled without its fence, and the last event contains the error',
    async check(store) {
      for (const id of ['a', 'b']) await store.insert(job(id));
      const { fence } = await claimed(store.claim('a', LONG));
      assert.equal((await store.end('a', { state: 'cancelled' }, { at: AT }))?.state, 'cancelled');
      assert.equal(await store.end('a', { state: 'completed' }, { fence, at: AT }), undefined);
      const error = { code: 'quorum_missed', message: 'too few' };
      assert.deepEqual((await store.end('b', { state: 'failed', error }, { at: AT }))?.error, error);
      assert.deepEqual((await store.events('b'))[0]?.data, error);
      assert.equal(await store.end('nobody', { state: 'cancelled' }, { at: AT }), undefined);
      assert.deepEqual(await store.claim('nobody', LONG), { outcome: 'unknown' });
    },
  },
  {
    behaviour: 'followers are the queued jobs that come after another, oldest first',
    async check(store) {
      await store.insert(job('a'));
      for (const id of ['c', 'b', 'd']) await store.insert(job(id, { after: 'a' }));
      await store.insert(job('e', { after: 'b' }));
      await store.end('d', { state: 'cancelled' }, { at: AT });
      assert.deepEqual(
        (await store.followers('a')).map(({ id }) => id),
        ['c', 'b'],
      );
      assert.deepEqual(await store.followers('nobody'), []);
    },
  },
  {
    behaviour: 'open lanes name the oldest job that could be claimed',
    async check(store) {
      await store.insert(job('a', { lane: 'x' }));
      await store.insert(job('b', { lane: 'y' }));
      await store.insert(job('c', { lane: 'x' }));
      await store.insert(job('d', { lane: 'z', after: 'a' }));
      await store.insert(job('e', { lane: 'over' }));
      await store.end('e', { state: 'cancelled' }, { at: AT });
      const open = async () => (await store.openLanes()).map(({ lane, next }) => [lane, next?.id ?? null]);
      assert.deepEqual(await open(), [
        ['x', 'a'],
        ['y', 'b'],
        ['z', null],
      ]);
      const { fence } = await claimed(store.claim('a', LONG));
      assert.deepEqual(await open(), [
        ['x', 'c'],
        ['y', 'b'],
        ['z', null],
      ]);
      assert.deepEqual(
        (await store.claimable('x')).map(({ id }) => id),
        ['c'],
      );
      await store.end('a', { state: 'completed' }, { fence, at: AT });
      assert.deepEqual(await open(), [
        ['y', 'b'],
        ['x', 'c'],
        ['z', 'd'],
      ]);
      const [, x] = await store.openLanes();
      assert.deepEqual(x?.next?.payload, { id: 'c' });
      assert.deepEqual([...(await store.lanes())].sort(), ['over', 'x', 'y', 'z']);
    },
  },
  {
    behaviour: 'a job without a lane is not offered: it is done in the process that keeps it',
    async check(store) {
      await store.insert(job('own', { lane: '' }));
      await store.insert(job('other', { lane: 'x' }));
      assert.deepEqual(
        (await store.openLanes()).map(({ lane }) => lane),
        ['x'],
      );
      assert.deepEqual(await store.lanes(), ['x']);
    },
  },
];
