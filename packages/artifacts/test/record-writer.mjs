// Writes records and events until it is killed: node record-writer.mjs LOCATION. Prints each turn that is durable.
import { createJobStore, createRecordStore, openDatabase } from '@synergos/artifacts';

const database = await openDatabase(JSON.parse(process.argv[2]));
const records = createRecordStore(database);
const jobs = createJobStore(database);

// Continues from the last turn of the killed process.
for (let turn = (await jobs.events('job')).length; ; turn++) {
  const collab_id = `c${turn}`;
  await records.put('Collaboration', { collab_id }, { turn });
  for (let project = 0; project < 5; project++)
    await records.put('Project', { collab_id, project_id: `p${project}` }, {});
  await records.remove('Collaboration', { collab_id: `c${turn - 2}` });
  await records.put('Collaboration', { collab_id }, { turn, whole: true });
  await jobs.appendEvent('job', 'turn', { turn }, new Date().toISOString());
  process.stdout.write(`${turn}\n`);
}
