// Adds runs, events and a field each: node adder.mjs LOCATION NAME COUNT. Several of these processes run at the same
// time.
import { createJobStore, createRecordStore, openDatabase } from '@synergos/artifacts';

const [location, name, count] = process.argv.slice(2);
const database = await openDatabase(JSON.parse(location));
const records = createRecordStore(database);
const jobs = createJobStore(database);
await records.create('Collaboration', { collab_id: 'shared' }, {}).catch((error) => {
  if (error.code !== 'record_exists') throw error;
});
for (let turn = 0; turn < Number(count); turn++) {
  await records.create('Project', { collab_id: 'shared', project_id: `${name}-${turn}` }, {});
  await records.update('Collaboration', { collab_id: 'shared' }, { [`${name}-${turn}`]: true });
  await jobs.appendEvent('job', 'turn', { name, turn }, new Date().toISOString());
}
await database.close();
