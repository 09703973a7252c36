// Writes numbered records at a steady rate, and says at the end what became of them. Arguments: port, records a second, seconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { startLogging } from '@synergos/logging';

const [port, rate, seconds] = process.argv.slice(2).map(Number);
const own = [];
const stream = {
  write: (line) => {
    if (line.includes('"component":"logging"')) own.push(JSON.parse(line));
  },
};
const graylog = { host: '127.0.0.1', port, protocol: 'tcp', bufferBytes: 2 ** 19 };
const logging = startLogging({ node: 'writer', role: 'ttp', stream, graylog });
const late = monitorEventLoopDelay({ resolution: 10 });
late.enable();

let written = 0;
let mostBytes = 0;
const startMs = performance.now();
const elapsed = () => (performance.now() - startMs) / 1000;
while (written < seconds * rate) {
  for (const due = Math.min(elapsed(), seconds) * rate; written < due; written++)
    logging.logger.info({ number: written, loss: 0.25, participant: 'hospital-1' }, 'steady');
  if (written % 100 < 10) mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
  await delay(5);
}
const tookSeconds = elapsed();
late.disable();
// Buffered records have time to arrive before they are dropped.
await delay(1500);
await logging.close();
process.stdout.write(
  JSON.stringify({ written, tookSeconds, mostBytes, lateP99Ms: late.percentile(99) / 1e6, own }),
);
