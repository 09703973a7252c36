import { gelfMessage } from './message.js';
import type { GelfTarget, ShipReport } from './protocol.js';
import { tcpTransport } from './tcp.js';
import { udpTransport } from './udp.js';

/**
 * The sender process: reads records from its pipe, one JSON object a line, and sends them as GELF. It reads no faster
 * than it sends, so records are buffered by the writer. It outlives the writing process and sends its last records.
 */
const REPORT_MS = 500;
const GRACE_MS = 5000;

const target = JSON.parse(process.argv[2] ?? '') as GelfTarget;
const told = { done: 0, lost: 0, unsure: 0, up: false, reason: undefined as string | undefined };
const report = () => {
  if (process.connected) process.send?.({ ...told } satisfies ShipReport);
};
const transport = (target.protocol === 'tcp' ? tcpTransport : udpTransport)(target, {
  up: () => {
    told.up = true;
    told.reason = undefined;
    report();
  },
  down: (reason) => {
    const news = told.up || told.reason !== reason;
    told.up = false;
    told.reason = reason;
    if (news) report();
  },
  lost: (count) => {
    told.lost += count;
  },
  unsure: (count) => {
    told.unsure += count;
  },
});

// It ends when its pipe does, not before: a terminal's Ctrl-C reaches it too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
const endSoon = () => setTimeout(() => process.exit(0), GRACE_MS).unref();
// The parent may have ended before this process listened for it.
if (process.connected) process.on('disconnect', endSoon);
else endSoon();
setInterval(report, REPORT_MS).unref();

let rest = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin as AsyncIterable<string>) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  const messages = lines.flatMap((line) => {
    try {
      return [gelfMessage(line)];
    } catch {
      told.lost += 1;
      return [];
    }
  });
  if (messages.length > 0) await transport.send(messages);
  told.done += lines.length;
}
await transport.close();
report();
process.exit(0);
