import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../../../test/databases.js';
import { openDatabase } from '../database.js';
import { createRecordStore } from '../sql-record-store.js';

const RUN = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };

describeEachDatabase((kind) => {
  it('replaces absolute paths in Model records by store keys', async () => {
    const location = await kind.locate();
    const older = await openDatabase(location);
    const records = createRecordStore(older);
    for (const record of ['Collaboration', 'Project', 'Experiment', 'Run'] as const)
      await records.create(record, RUN, {});
    const files = (folder: string, name: string) => ({
      path: `${folder}global_model${name}.safetensors`,
      loss_history: `${folder}loss_history${name}.json`,
    });
    const body = (folder: string) => ({
      global: { origin: 'ttp', ...files(folder, ''), sha256: 'abc' },
      local_1: { origin: 'alice', ...files(folder, '_alice') },
      local_2: { origin: 'bob', path: null, loss_history: `${folder}loss_history_bob.json` },
      rounds: 3,
    });
    await records.put('Model', RUN, body('/srv/synergos/outputs/c/p/e/r/'));
    await sql`delete from ${sql.table('kysely_migration')} where name >= '0006-store-keys'`.execute(
      older.query,
    );
    await older.close();
    const upgraded = await openDatabase(location);
    expect((await createRecordStore(upgraded).get('Model', RUN))?.body).toEqual(body('c/p/e/r/'));
    await upgraded.close();
  });
});
