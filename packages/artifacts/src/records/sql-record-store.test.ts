import { beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase, openEmpty } from '../../test/databases.js';
import { hierarchy, idNames, keyOf } from './hierarchy.js';
import { recordKinds, type RecordKey, type RecordKind, type RecordStore } from './record-store.js';
import { createRecordStore } from './sql-record-store.js';

const C = { collab_id: 'c' };
const P = { ...C, project_id: 'p' };
const E = { ...P, expt_id: 'e' };
const R = { ...E, run_id: 'r' };
const A = { participant_id: 'a' };

describeEachDatabase((kind) => {
  let store: RecordStore;
  let seconds = 0;

  beforeEach(async () => {
    const database = await openEmpty(kind);
    seconds = 0;
    store = createRecordStore(database, { now: () => new Date(1000 * seconds++) });
  });

  /** One record of every kind with these ids, parents first. */
  async function fill(ids: Readonly<Record<(typeof idNames)[number], string>>): Promise<void> {
    for (const kind of recordKinds) {
      const key = keyOf(kind, ids);
      if ((await store.get(kind, key)) === undefined) await store.create(kind, key, { of: ids });
    }
  }

  async function kindsLeft(key: RecordKey = {}): Promise<readonly RecordKind[]> {
    const left: RecordKind[] = [];
    for (const kind of recordKinds) if ((await store.list(kind, key)).length > 0) left.push(kind);
    return left;
  }

  describe('a record', () => {
    it('is read back as it was created', async () => {
      const body = { action: 'classify', incentives: { tier_1: ['a'] }, start_at: null, n: 1.5 };
      await store.create('Collaboration', C, {});
      const made = await store.create('Project', P, body);
      expect(made).toEqual({
        doc_id: made.doc_id,
        kind: 'Project',
        key: P,
        created_at: '1970-01-01T00:00:01.000Z',
        body,
      });
      expect(await store.get('Project', P)).toEqual(made);
    });

    it.each(['c/../d', '', 'ünï ✓', "'; drop table records; --", '%', 'C'])(
      'has a separate key for the id %j',
      async (odd) => {
        await store.create('Collaboration', C, { of: 'c' });
        const key = { collab_id: `x${odd}` };
        await store.create('Collaboration', key, { of: odd });
        expect((await store.get('Collaboration', key))?.body).toEqual({ of: odd });
        expect((await store.get('Collaboration', C))?.body).toEqual({ of: 'c' });
      },
    );

    it('is rejected if its key exists, and the first record is kept', async () => {
      await store.create('Collaboration', C, { version: 1 });
      await expect(store.create('Collaboration', C, { version: 2 })).rejects.toMatchObject({
        code: 'record_exists',
        message: expect.stringContaining("Collaboration 'c'") as string,
      });
      expect((await store.get('Collaboration', C))?.body).toEqual({ version: 1 });
    });

    it('is rejected without its parents, with the name of the first missing one', async () => {
      await store.create('Collaboration', C, {});
      await expect(store.create('Experiment', E, {})).rejects.toMatchObject({
        code: 'parent_missing',
        parent: 'Project',
        parentKey: P,
        message: expect.stringContaining("'c/p'") as string,
      });
      await store.create('Project', P, {});
      await expect(store.create('Registration', { ...P, ...A }, {})).rejects.toMatchObject({
        parent: 'Participant',
      });
      await expect(store.put('Model', R, {})).rejects.toMatchObject({ parent: 'Run' });
    });

    it('is rejected if its key lacks an id', async () => {
      await expect(store.create('Run', E, {})).rejects.toMatchObject({ code: 'malformed_key' });
      await expect(store.get('Run', E)).rejects.toMatchObject({ code: 'malformed_key' });
    });

    it('merges changes of some fields and keeps the other fields', async () => {
      const made = await store.create('Collaboration', C, { a: 1, b: { c: 2, d: 3 } });
      const changed = await store.update('Collaboration', C, { b: { c: 4 } });
      expect(changed).toEqual({ ...made, body: { a: 1, b: { c: 4 } } });
      expect(await store.get('Collaboration', C)).toEqual(changed);
    });

    it('is neither changed nor removed if it does not exist', async () => {
      expect(await store.update('Collaboration', C, { a: 1 })).toBeUndefined();
      expect(await store.remove('Collaboration', C)).toEqual([]);
      expect(await store.get('Collaboration', C)).toBeUndefined();
    });

    it('is created by the first put and replaced under the same doc_id by the next', async () => {
      const first = await store.put('Collaboration', C, { a: 1 });
      const second = await store.put('Collaboration', C, { b: 2 });
      expect(second).toEqual({ ...first, body: { b: 2 } });
      expect(await store.list('Collaboration')).toEqual([second]);
    });

    it('has a new doc_id if it is created again after its removal', async () => {
      const first = await store.create('Collaboration', C, {});
      await store.remove('Collaboration', C);
      expect((await store.create('Collaboration', C, {})).doc_id).not.toBe(first.doc_id);
    });
  });

  describe('a list of records', () => {
    it('has the records below the given ids, oldest first', async () => {
      await fill({ ...R, ...A });
      for (const run_id of ['z', 'b', 'y']) await store.create('Run', { ...E, run_id }, {});
      await store.create('Experiment', { ...P, expt_id: 'f' }, {});
      await store.create('Run', { ...P, expt_id: 'f', run_id: 'other' }, {});
      const runs = (key: RecordKey) =>
        store.list('Run', key).then((list) => list.map((run) => run.key.run_id));
      expect(await runs(E)).toEqual(['r', 'z', 'b', 'y']);
      expect(await runs(C)).toEqual(['r', 'z', 'b', 'y', 'other']);
      expect(await runs({ collab_id: 'nobody' })).toEqual([]);
    });

    it("can have one participant's records in all projects", async () => {
      await fill({ ...R, ...A });
      await fill({ ...R, project_id: 'q', ...A });
      await fill({ ...R, participant_id: 'b' });
      expect((await store.list('Registration', A)).map(({ key }) => key)).toEqual([
        { ...P, ...A },
        { ...C, project_id: 'q', ...A },
      ]);
    });
  });

  describe('removal of records', () => {
    const ids = { ...R, ...A };
    const others = { collab_id: 'c2', project_id: 'p', expt_id: 'e', run_id: 'r', participant_id: 'b' };

    it.each<[RecordKind, readonly RecordKind[]]>([
      ['Collaboration', recordKinds.filter((kind) => kind !== 'Participant')],
      ['Project', recordKinds.filter((kind) => kind !== 'Participant' && kind !== 'Collaboration')],
      ['Experiment', ['Experiment', 'Run', 'Model', 'Validation', 'Prediction']],
      ['Run', ['Run', 'Model', 'Validation', 'Prediction']],
      ['Participant', ['Participant', 'Registration', 'Tag', 'Alignment', 'Validation', 'Prediction']],
      ['Registration', ['Registration', 'Tag', 'Alignment']],
      ['Tag', ['Tag', 'Alignment']],
      ['Alignment', ['Alignment']],
      ['Model', ['Model']],
      ['Validation', ['Validation']],
    ])('of a %s removes %j and nothing else', async (kind, expected) => {
      await fill(ids);
      await fill(others);
      const record = await store.get(kind, keyOf(kind, ids));
      const removed = await store.remove(kind, keyOf(kind, ids));
      expect(removed[0]).toEqual(record);
      expect(removed.map((gone) => gone.kind).sort()).toEqual([...expected].sort());
      expect(await kindsLeft(C)).toEqual(
        recordKinds.filter((left) => !expected.includes(left) && hierarchy[left].ids.includes('collab_id')),
      );
      expect(await kindsLeft({ collab_id: 'c2' })).toHaveLength(recordKinds.length - 1);
    });

    it('leaves records next to it', async () => {
      await fill(ids);
      await fill({ ...ids, run_id: 'r2' });
      await fill({ ...ids, participant_id: 'b' });
      await store.remove('Run', R);
      expect((await store.list('Validation')).map(({ key }) => key)).toEqual([{ ...ids, run_id: 'r2' }]);
      expect(await store.list('Alignment')).toHaveLength(2);
    });

    it('removes a thousand records without blocking for long', async () => {
      await fill(ids);
      for (let run = 0; run < 1000; run++) await store.create('Run', { ...E, run_id: `run-${run}` }, {});
      const begin = performance.now();
      expect(await store.list('Run', E)).toHaveLength(1001);
      expect(await store.remove('Collaboration', C)).toHaveLength(1010);
      const elapsed = performance.now() - begin;
      expect(elapsed).toBeLessThan(500);
    });
  });

  describe('concurrent writes', () => {
    it('create one record if many writers create the same one', async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 20 }, (_, by) => store.create('Collaboration', C, { by })),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const attempt of tries)
        if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'record_exists' });
    });

    it('keep all changes of different fields', async () => {
      await store.create('Collaboration', C, {});
      const fields = Array.from({ length: 30 }, (_, at) => `field_${at}`);
      await Promise.all(fields.map((field) => store.update('Collaboration', C, { [field]: true })));
      expect((await store.get('Collaboration', C))?.body).toEqual(
        Object.fromEntries(fields.map((field) => [field, true])),
      );
    });
  });
});
