import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createJobStore } from '../src/jobs/sql-job-store.js';
import { openDatabase, type Database } from '../src/records/database.js';
import { hierarchy, keyOf } from '../src/records/hierarchy.js';
import { recordKinds, type RecordStore } from '../src/records/record-store.js';
import { createRecordStore } from '../src/records/sql-record-store.js';
import { describeEachDatabase } from './databases.js';

const C = { collab_id: 'c' };
const IDS = { ...C, project_id: 'p', expt_id: 'e', run_id: 'r', participant_id: 'a' };

/**
 * Two stores with separate sessions, like two processes. SQLite's calls block their process, so on SQLite they share
 * one session.
 */
describeEachDatabase((kind) => {
  let databases: [Database, Database];
  let stores: [RecordStore, RecordStore];

  beforeEach(async () => {
    const location = await kind.locate();
    const first = await openDatabase(location);
    databases = [first, kind.dialect === 'sqlite' ? first : await openDatabase(location)];
    stores = [createRecordStore(databases[0]), createRecordStore(databases[1])];
    onTestFinished(async () => {
      for (const database of new Set(databases)) await database.close();
    });
  });

  const both = <Result>(times: number, work: (store: RecordStore, at: number) => Promise<Result>) =>
    Promise.allSettled(Array.from({ length: times }, (_, at) => work(stores[at % 2]!, at)));
  const reasons = (settled: readonly PromiseSettledResult<unknown>[]) =>
    settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as { code?: string }] : []));

  describe('two concurrent writers', () => {
    it('create one record of a key, and reject the others because it exists', async () => {
      const tries = await both(20, (store, by) => store.create('Collaboration', C, { by }));
      expect(reasons(tries)).toHaveLength(19);
      for (const reason of reasons(tries)) expect(reason).toMatchObject({ code: 'record_exists' });
    });

    it('put one record, in either order', async () => {
      const tries = await both(20, (store, by) => store.put('Collaboration', C, { by }));
      expect(reasons(tries)).toEqual([]);
      expect(await stores[0].list('Collaboration')).toHaveLength(1);
    });

    it('change one record without losing a change', async () => {
      await stores[0].create('Collaboration', C, {});
      expect(
        reasons(await both(40, (store, at) => store.update('Collaboration', C, { [at]: true }))),
      ).toEqual([]);
      expect(Object.keys((await stores[1].get('Collaboration', C))?.body ?? {})).toHaveLength(40);
    });

    it('number the events of one job without a gap', async () => {
      const jobs = databases.map((database) => createJobStore(database));
      await both(40, (_, part) => jobs[part % 2]!.appendEvent('job', 'part', { part }, 'now'));
      const events = await jobs[0]!.events('job');
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1));
      expect(events).toHaveLength(40);
    });

    it('issue one id per job, in the order of creation', async () => {
      const made = await both(20, (store, at) => store.create('Collaboration', { collab_id: `c${at}` }, {}));
      const ids = made.map((one) => (one.status === 'fulfilled' ? one.value.doc_id : ''));
      expect(new Set(ids).size).toBe(20);
      const listed = (await stores[0].list('Collaboration')).map(({ doc_id }) => Number(doc_id));
      expect(listed).toEqual(listed.toSorted((one, other) => one - other));
    });
  });

  describe('removal while other writers add records below', () => {
    it.each(['Collaboration', 'Project', 'Experiment', 'Participant'] as const)(
      'of a %s leaves no record without its parents',
      async (removed) => {
        for (let round = 0; round < 8; round++) {
          for (const one of recordKinds) await stores[0].put(one, keyOf(one, IDS), {});
          const adding = both(24, async (store, at) => {
            const ids = { ...IDS, expt_id: `e${at % 3}`, run_id: `r${at}` };
            for (const one of ['Experiment', 'Run', 'Validation'] as const)
              await store.put(one, keyOf(one, ids), {});
          });
          await delay(round * 2);
          const gone = await stores[1].remove(removed, keyOf(removed, IDS));
          expect(gone[0]?.kind).toBe(removed);
          for (const reason of reasons(await adding))
            expect(reason).toMatchObject({ code: 'parent_missing' });
          await expectNoOrphans(stores[0]);
        }
      },
      30_000,
    );

    it('completes if two removals overlap', async () => {
      for (let round = 0; round < 5; round++) {
        for (let at = 0; at < 10; at++)
          for (const one of recordKinds)
            await stores[0].put(one, keyOf(one, { ...IDS, project_id: `p${at}`, run_id: `r${9 - at}` }), {});
        const removals = [
          stores[0].remove('Collaboration', C),
          stores[1].remove('Participant', { participant_id: 'a' }),
        ];
        const gone = (await Promise.all(removals)).flat();
        expect(new Set(gone.map(({ doc_id }) => doc_id)).size).toBe(gone.length);
        for (const one of recordKinds) expect(await stores[0].list(one)).toEqual([]);
      }
    });
  });
});

async function expectNoOrphans(store: RecordStore): Promise<void> {
  for (const kind of recordKinds)
    for (const { key } of await store.list(kind))
      for (const parent of hierarchy[kind].parents)
        expect(
          await store.get(parent, keyOf(parent, key)),
          `${parent} of ${kind} ${JSON.stringify(key)}`,
        ).toBeDefined();
}
