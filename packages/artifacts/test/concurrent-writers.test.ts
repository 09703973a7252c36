import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createJobStore } from '../src/jobs/sql-job-store.js';
import { openDatabase } from '../src/records/database.js';
import { createRecordStore } from '../src/records/sql-record-store.js';
import { describeEachDatabase } from './databases.js';

const ADDER = join(import.meta.dirname, 'adder.mjs');
const NAMES = ['a', 'b', 'c'];
const TURNS = 60;

describeEachDatabase((kind) => {
  it('processes that open and write one database at the same time lose nothing', async () => {
    const location = await kind.locate();
    const run = promisify(execFile);
    await Promise.all(
      NAMES.map((name) => run(process.execPath, [ADDER, JSON.stringify(location), name, String(TURNS)])),
    );

    const database = await openDatabase(location);
    const records = createRecordStore(database);
    const turns = NAMES.flatMap((name) =>
      Array.from({ length: TURNS }, (_, turn) => `${name}-${turn}`),
    ).sort();
    const projects = await records.list('Project', { collab_id: 'shared' });
    expect(projects.map(({ key }) => key.project_id).sort()).toEqual(turns);
    const shared = await records.get('Collaboration', { collab_id: 'shared' });
    expect(Object.keys(shared?.body ?? {}).sort()).toEqual(turns);
    const events = await createJobStore(database).events('job');
    expect(events.map(({ sequence }) => sequence)).toEqual(turns.map((_, at) => at + 1));
    await database.close();
  });
});
