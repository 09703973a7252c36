import { writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { openDatabase } from './database.js';
import { createRecordStore } from './sql-record-store.js';

describe('a database', () => {
  it('makes its file and the folder it lies in, and keeps what was written', async () => {
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

  it('of a newer version of this program is refused and left alone', async () => {
    const path = `${temporaryFolder()}/records.db`;
    const newer = await openDatabase({ path });
    const applied = sql.table('kysely_migration');
    await sql`insert into ${applied} values ('9999-of-the-future', '2099-01-01T00:00:00.000Z')`.execute(
      newer.query,
    );
    await newer.close();
    const opening = openDatabase({ path });
    await expect(opening).rejects.toMatchObject({ code: 'newer_schema' });
    await expect(opening).rejects.toThrow(path);
  });

  it('that is not one is refused', async () => {
    const path = `${temporaryFolder()}/records.db`;
    writeFileSync(path, 'this is a letter, not a database; '.repeat(100));
    await expect(openDatabase({ path })).rejects.toThrow(/not a database/);
  });

  it('is left empty by a migration that is cut off, so that the next start makes it whole', async () => {
    const path = `${temporaryFolder()}/records.db`;
    const whole = await openDatabase({ path });
    await sql.raw('drop table participant_tokens').execute(whole.query);
    for (const table of ['records', 'jobs', 'job_events', 'removed_folders'])
      await sql.raw(`drop table ${table}`).execute(whole.query);
    await sql.raw('delete from kysely_migration').execute(whole.query);
    // The last table of the first migration is in the way: all before it has been made when it fails.
    await sql.raw('create table participant_tokens (other text)').execute(whole.query);
    await whole.close();
    await expect(openDatabase({ path })).rejects.toThrow(/participant_tokens/);

    const { default: Libsql } = await import('libsql');
    const file = new Libsql(path);
    const tables = file.prepare("select name from sqlite_master where name = 'records'").all();
    expect(tables).toEqual([]);
    file.exec('drop table participant_tokens');
    file.close();
    const database = await openDatabase({ path });
    await createRecordStore(database).create('Collaboration', { collab_id: 'c' }, {});
    await database.close();
  });
});
