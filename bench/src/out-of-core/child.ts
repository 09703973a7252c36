// A separate process, so that its memory is used by the aggregation only: computes and checks the median of updates in files.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createAggregator, createEngine, type CollectingAggregator } from '@synergos/fed-algorithms';
import { expectedMedian, fileOf } from './updates.js';

const [directory = '', ...numbers] = process.argv.slice(2);
const [count = 0, size = 0] = numbers.map(Number);

const files = await Promise.all(Array.from({ length: count }, (_, k) => open(join(directory, fileOf(k)))));
const before = process.memoryUsage.rss();
const start = performance.now();
const median = await (createAggregator('median') as CollectingAggregator).aggregate(
  {
    count,
    size,
    weights: files.map(() => 1),
    async read(index, from, target) {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await files[index]!.read(bytes, at, bytes.length - at, from * 4 + at);
        if (bytesRead === 0) throw new Error(`update ${index} ends early`);
        at += bytesRead;
      }
    },
  },
  createEngine(),
);
const seconds = (performance.now() - start) / 1e3;
// In kibibytes.
const most = process.resourceUsage().maxRSS * 1024;
const wrong = median.findIndex((value, i) => value !== expectedMedian(i, count));
if (wrong >= 0) throw new Error(`the median at ${wrong} is ${median[wrong]}`);
await Promise.all(files.map((file) => file.close()));
console.log(JSON.stringify({ seconds, before, most }));
