import { writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../../test/databases.js';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { openDatabase } from './database.js';
import { createRecordStore } from './sql-record-store.js';

describe('a SQLite file', () => {
  it('creates its file and the parent folder, and stores what is written', async () => {
    const path = `${temporaryFolder()}/deep/below/records.db`;
    const first = await openDatabase({ path });
    const made = await createRecordStore(first).create('Collaboration', { collab_id: 'c' }, { a: 1 });
    await first.close();
    const second = await openDatabase({ path });
    expect(await createRecordStore(second).list('Collaboration')).toEqual([made]);
    await second.close();
  });

  it('syncs every commit to the disk', async () => {
    const database = await openDatabase({ path: `${temporaryFolder()}/records.db` });
    const pragma = async (name: string) => (await sql.raw(`pragma ${name}`).execute(database.query)).rows;
    expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
    await database.close();
  });

  it('is refused if the file is not a database', async () => {
    const path = `${temporaryFolder()}/records.db`;
    writeFileSync(path, 'this is a letter, not a database; '.repeat(100));
    await expect(openDatabase({ path })).rejects.toThrow(/not a database/);
  });

  it('keeps its content if the disk is full, and accepts writes when there is space again', async () => {
    const path = `${temporaryFolder()}/records.db`;
    const database = await openDatabase({ path });
    const store = createRecordStore(database);
    const kept = await store.create('Collaboration', { collab_id: 'kept' }, { a: 1 });
    const limit = (pages: number) => sql.raw(`pragma max_page_count = ${pages}`).execute(database.query);
    await limit(1); // the present size
    const big = { text: 'x'.repeat(100_000) };
    const refused = { code: 'storage_full', message: expect.stringContaining(path) as string };
    await expect(store.create('Collaboration', { collab_id: 'new' }, big)).rejects.toMatchObject(refused);
    await expect(store.update('Collaboration', { collab_id: 'kept' }, big)).rejects.toMatchObject(refused);
    expect(await store.list('Collaboration')).toEqual([kept]);
    await limit(1_000_000);
    await store.update('Collaboration', { collab_id: 'kept' }, big);
    await database.close();
    const again = await openDatabase({ path });
    expect((await createRecordStore(again).get('Collaboration', { collab_id: 'kept' }))?.body).toEqual({
      a: 1,
      ...big,
    });
    await again.close();
  });
});

describeEachDatabase((kind) => {
  describe('a database', () => {
    it('stores what is written', async () => {
      const location = await kind.locate();
      const first = await openDatabase(location);
      const made = await createRecordStore(first).create('Collaboration', { collab_id: 'c' }, { a: 1 });
      await first.close();
      const second = await openDatabase(location);
      expect(await createRecordStore(second).list('Collaboration')).toEqual([made]);
      await second.close();
    });

    it('is refused and left unchanged if a newer version of this program wrote it', async () => {
      const location = await kind.locate();
      const newer = await openDatabase(location);
      const applied = sql.table('kysely_migration');
      await sql`insert into ${applied} values ('9999-of-the-future', '2099-01-01T00:00:00.000Z')`.execute(
        newer.query,
      );
      const { name } = newer;
      await newer.close();
      const opening = openDatabase(location);
      await expect(opening).rejects.toMatchObject({ code: 'newer_schema' });
      await expect(opening).rejects.toThrow(name);
    });

    it('is left empty by an interrupted migration, so that the next start completes it', async () => {
      const location = await kind.locate();
      const whole = await openDatabase(location);
      for (const table of [
        'records',
        'jobs',
        'job_events',
        'participant_tokens',
        'removed_folders',
        'clusters',
        'idempotency_keys',
      ])
        await sql.raw(`drop table ${table}`).execute(whole.query);
      await sql.raw('delete from kysely_migration').execute(whole.query);
      // The last table of the first migration exists already: the migration fails after all others were created.
      await sql.raw('create table participant_tokens (other text)').execute(whole.query);
      await expect(openDatabase(location)).rejects.toThrow(/participant_tokens/);

      const tables = await whole.query.introspection.getTables();
      expect(tables.map(({ name }) => name)).toEqual(['participant_tokens']);
      await sql.raw('drop table participant_tokens').execute(whole.query);
      await whole.close();
      const database = await openDatabase(location);
      await createRecordStore(database).create('Collaboration', { collab_id: 'c' }, {});
      await database.close();
    });

    it('refuses a second exclusive process until the first closes it, but allows non-exclusive ones', async () => {
      const location = await kind.locate();
      const first = await openDatabase({ ...location, exclusive: true });
      await expect(openDatabase({ ...location, exclusive: true })).rejects.toMatchObject({
        code: 'database_in_use',
        message: expect.stringContaining(first.name) as string,
      });
      await (await openDatabase(location)).close();
      await createRecordStore(first).create('Collaboration', { collab_id: 'c' }, {});
      await first.close();
      const second = await openDatabase({ ...location, exclusive: true });
      expect(await createRecordStore(second).list('Collaboration')).toHaveLength(1);
      await second.close();
    });
  });
});
