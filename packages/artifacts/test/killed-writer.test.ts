import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createFileStore, removeUnfinishedWrites } from '../src/models/local-file-store.js';
import { createJobStore } from '../src/jobs/sql-job-store.js';
import { openDatabase } from '../src/records/database.js';
import { createRecordStore } from '../src/records/sql-record-store.js';
import { temporaryFolder } from './temporary-folder.js';

const WRITER = join(import.meta.dirname, 'writer.mjs');

/** Starts the writer, kills it in the midst of its work, and gives the last turn that it said was on disk. */
async function writeUntilKilled(folder: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  await once(child.stdout, 'data');
  await delay(afterMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  const lines = said.split('\n');
  return Number(lines.at(-2));
}

it('a writer killed at any moment leaves whole files and records, and all that it said was safe', async () => {
  const folder = temporaryFolder();
  let last = -1;
  for (const afterMs of [1, 7, 23, 50, 81, 2, 37]) {
    const safe = await writeUntilKilled(folder, afterMs);
    expect(safe).toBeGreaterThan(last);

    await removeUnfinishedWrites(join(folder, 'files'));
    expect(readdirSync(join(folder, 'files'))).toEqual(['model']);
    const model = (await createFileStore(join(folder, 'files')).read('model')) ?? new Uint8Array();
    expect(model).toHaveLength(300_000);
    expect(new Set(model).size).toBe(1);
    expect([0, 1, 2].map((ahead) => (safe + ahead) % 251)).toContain(model[0]);

    const database = await openDatabase({ path: join(folder, 'records.db') });
    const records = createRecordStore(database);
    expect((await records.get('Collaboration', { collab_id: `c${safe}` }))?.body).toEqual({ turn: safe, whole: true });
    // A collaboration goes with its projects or not at all.
    for (const { key } of await records.list('Collaboration'))
      if (key.collab_id !== `c${safe + 1}` && key.collab_id !== `c${safe + 2}`)
        expect(await records.list('Project', key)).toHaveLength(5);
    for (const { key } of await records.list('Project'))
      expect(await records.get('Collaboration', { collab_id: key.collab_id ?? '' })).toBeDefined();
    const events = await createJobStore(database).events('job');
    expect(events.map(({ sequence, data }) => [sequence, data['turn']])).toEqual(events.map((_, at) => [at + 1, at]));
    expect([safe + 1, safe + 2]).toContain(events.length);
    await database.close();
    last = safe;
  }
}, 60_000);
