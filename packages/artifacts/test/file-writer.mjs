// Writes one file over and over until it is killed: node file-writer.mjs FOLDER. Tells each turn that is safe on disk.
import { createFileStore } from '@synergos/artifacts';

const files = createFileStore(process.argv[2]);
for (let turn = ((await files.read('run/model'))?.[0] ?? 0) + 1; ; turn++) {
  const chunk = new Uint8Array(100_000).fill(turn % 256);
  await files.write(
    'run/model',
    Array.from({ length: 20 }, () => chunk),
  );
  process.stdout.write(`${turn % 256}\n`);
}
