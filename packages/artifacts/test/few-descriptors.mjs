// Uses up this process' descriptors, works on a file store meanwhile, and frees them; started with a low `ulimit -n`.
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createFileStore } from '@synergos/artifacts';

const store = createFileStore(process.argv[2]);
await store.write('a', 'first');
// What is loaded lazily is loaded by now.
await store.digest('a');
const hoard = [];
try {
  for (;;) hoard.push(openSync('/dev/null'));
} catch (error) {
  process.stdout.write(`${error.code}\n`);
}
const work = Promise.all([
  store.write('b', 'second'),
  store.copy('a', 'c'),
  store.read('a'),
  store.digest('a'),
  store.list(''),
]);
await delay(100);
for (const descriptor of hoard) closeSync(descriptor);
await work;
const read = async (path) => (await store.read(path)).toString();
process.stdout.write(`${await read('b')} ${await read('c')}\n`);
