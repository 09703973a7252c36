import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createLocalStore, removeUnfinishedWrites } from '../src/stores/local-store.js';
import { createJobStore } from '../src/jobs/sql-job-store.js';
import { openDatabase } from '../src/records/database.js';
import { createRecordStore } from '../src/records/sql-record-store.js';
import { describeEachDatabase } from './databases.js';
import { temporaryFolder } from './temporary-folder.js';

const KILLED_AFTER_MS = [1, 7, 23, 50, 2, 37, 11, 4];

/** Starts the writer, kills it while it works, and returns the last turn that it reported as durable. */
async function writeUntilKilled(script: string, target: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  await once(child.stdout, 'data');
  await delay(afterMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(said.split('\n').at(-2));
}

it('a writer killed at any moment leaves a complete file, the last one reported as durable or a newer one', async () => {
  const folder = temporaryFolder();
  for (const afterMs of KILLED_AFTER_MS) {
    const safe = await writeUntilKilled('file-writer.mjs', folder, afterMs);
    await removeUnfinishedWrites(folder);
    expect(readdirSync(join(folder, 'run'))).toEqual(['model']);
    const model = (await createLocalStore(folder).get('run/model')) ?? new Uint8Array();
    expect(model).toHaveLength(2_000_000);
    expect(new Set(model).size).toBe(1);
    expect([safe, (safe + 1) % 256, (safe + 2) % 256]).toContain(model[0]);
  }
});

describeEachDatabase((kind) => {
  it('a writer killed at any moment leaves complete records, with all that it reported as durable', async () => {
    const location = await kind.locate();
    for (const afterMs of KILLED_AFTER_MS) {
      const safe = await writeUntilKilled('record-writer.mjs', JSON.stringify(location), afterMs);
      const database = await openDatabase(location);
      const records = createRecordStore(database);
      const known = await records.get('Collaboration', { collab_id: `c${safe}` });
      expect(known?.body).toEqual({ turn: safe, whole: true });
      // A collaboration is removed with its projects or not at all; the newest may lack projects that were not created
      // yet.
      for (const { key } of await records.list('Project'))
        expect(await records.get('Collaboration', { collab_id: key.collab_id ?? '' })).toBeDefined();
      for (const { key, body } of await records.list('Collaboration'))
        if (body['whole'] === true) expect(await records.list('Project', key)).toHaveLength(5);
      const events = await createJobStore(database).events('job');
      expect(events.map(({ sequence, data }) => [sequence, data['turn']])).toEqual(
        events.map((_, at) => [at + 1, at]),
      );
      expect([safe + 1, safe + 2]).toContain(events.length);
      await database.close();
    }
  });
});
