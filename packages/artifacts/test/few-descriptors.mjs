// Uses up the descriptors of this process while a store works, then releases them; started with a low `ulimit -n`.
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createLocalStore, digestOf, namesIn } from '@synergos/artifacts';

const store = createLocalStore(process.argv[2]);
await store.put('a', 'first');
// Loads lazily loaded modules in advance.
await digestOf(store, 'a');
const hoard = [];
try {
  for (;;) hoard.push(openSync('/dev/null'));
} catch (error) {
  process.stdout.write(`${error.code}\n`);
}
const work = Promise.all([
  store.put('b', 'second'),
  store.copy('a', 'c'),
  store.get('a'),
  digestOf(store, 'a'),
  namesIn(store, 'folder'),
]);
await delay(100);
for (const descriptor of hoard) closeSync(descriptor);
await work;
const read = async (path) => (await store.get(path)).toString();
process.stdout.write(`${await read('b')} ${await read('c')}\n`);
