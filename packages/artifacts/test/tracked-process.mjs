// Tracks a run until it is killed: node tracked-process.mjs DIRECTORY URL. Prints each stored step.
import { createMlflowServer, Tracking } from '@synergos/artifacts';

const [directory, url] = process.argv.slice(2);
const destination = { name: url, tracker: createMlflowServer({ url }) };
const tracking = await Tracking.open({ directory, destinationOf: async () => destination });
const run = { id: 'job', experiment: 'killed', name: 'run', startedMs: 1 };
const journal = await tracking.begin('collab', run);
for (let step = 1; ; step++) {
  const metrics = [{ key: 'loss', value: 1 / step, step, timestampMs: Date.now() }];
  await journal.log(`round:${step}`, { metrics });
  process.stdout.write(`${step}\n`);
}
