// Writes until it is killed: node writer.mjs FOLDER. Tells what is safe on disk, a line each.
import { createFileStore, createJobStore, createRecordStore, openDatabase } from '@synergos/artifacts';

const folder = process.argv[2];
const files = createFileStore(`${folder}/files`);
const database = await openDatabase({ path: `${folder}/records.db` });
const records = createRecordStore(database);
const jobs = createJobStore(database);

// Goes on where the last one was killed.
for (let turn = (await jobs.events('job')).length; ; turn++) {
  const collab_id = `c${turn}`;
  await records.put('Collaboration', { collab_id }, { turn });
  for (let project = 0; project < 5; project++)
    await records.put('Project', { collab_id, project_id: `p${project}` }, {});
  await records.remove('Collaboration', { collab_id: `c${turn - 2}` });
  await records.put('Collaboration', { collab_id }, { turn, whole: true });
  await files.write('model', new Uint8Array(300_000).fill(turn % 251));
  await jobs.appendEvent('job', 'turn', { turn }, new Date().toISOString());
  process.stdout.write(`${turn}\n`);
}
