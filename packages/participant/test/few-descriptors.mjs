// Uses up this process' descriptors, reads and writes a participant's files meanwhile, and frees them; started with a low `ulimit -n`.
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Datasets } from '../src/datasets/datasets.js';

const folder = join(process.argv[2], 'heart');
mkdirSync(folder);
writeFileSync(join(folder, 'metadata.json'), '{"datatype": "tabular"}');
writeFileSync(join(folder, 'schema.json'), '{"age": "int32", "target": "category"}');
writeFileSync(join(folder, 'data.csv'), 'age,target\n60,ill\n40,well\n');
const datasets = () => new Datasets({ dataDirectory: process.argv[2] });
// What is loaded lazily is loaded by now.
await datasets().describe([['heart']], 'classify');
const descriptors = [];
try {
  for (;;) descriptors.push(openSync('/dev/null'));
} catch (error) {
  process.stdout.write(`${error.code}\n`);
}
const described = datasets().describe([['heart']], 'classify');
await delay(100);
for (const descriptor of descriptors) closeSync(descriptor);
process.stdout.write(`${(await described).samples}\n`);
