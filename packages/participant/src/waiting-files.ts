import { once } from 'node:events';
import { createReadStream, type ReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { whenDescriptorsAllow } from '@synergos/contract';

/** File operations of `node:fs/promises` that wait while the process has no descriptors left. */
export const readFile = waiting(fs.readFile);
export const readdir = waiting(fs.readdir);
export const writeFile = waiting(fs.writeFile);

/** Opens a file as a stream of its bytes, which closes it. */
export function openReadStream(path: string): Promise<ReadStream> {
  return whenDescriptorsAllow(async () => {
    const stream = createReadStream(path);
    await once(stream, 'open');
    return stream;
  });
}

function waiting<Operation extends (...given: never[]) => Promise<unknown>>(operation: Operation): Operation {
  return ((...given: never[]) => whenDescriptorsAllow(() => operation(...given))) as Operation;
}
