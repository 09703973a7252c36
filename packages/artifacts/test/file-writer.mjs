// Writes one file repeatedly until it is killed: node file-writer.mjs FOLDER. Prints each turn that is durable.
import { createLocalStore } from '@synergos/artifacts';

const store = createLocalStore(process.argv[2]);
for (let turn = ((await store.get('run/model'))?.[0] ?? 0) + 1; ; turn++) {
  const chunk = new Uint8Array(100_000).fill(turn % 256);
  await store.put(
    'run/model',
    Array.from({ length: 20 }, () => chunk),
  );
  process.stdout.write(`${turn % 256}\n`);
}
