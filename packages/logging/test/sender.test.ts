import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Identities, startLogging, type LoggingOptions } from '@synergos/logging';
import { afterEach, expect, it } from 'vitest';
import { childrenOf } from './processes.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Takes what comes by TCP, or does not read it at all. */
async function server(reads: boolean) {
  const sockets: Socket[] = [];
  let text = '';
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    if (reads) socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  const { port } = listening.address() as { port: number };
  const messages = () =>
    text
      .split('\0')
      .flatMap((part) => (part.endsWith('}') ? [JSON.parse(part) as Record<string, unknown>] : []));
  return { port, messages };
}

function logging(port: number, more: Partial<LoggingOptions> = {}, bufferBytes = 2 ** 20) {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const graylog = { host: '127.0.0.1', port, protocol: 'tcp', bufferBytes } as const;
  const started = startLogging({ node: 'n', role: 'ttp', stream, graylog, ...more });
  cleanups.push(() => started.close());
  const said = (start: string) =>
    lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => String(msg).startsWith(start));
  return { ...started, said };
}

async function until(check: () => boolean, timeoutMs = 15_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !check(); await delay(20))
    if (Date.now() > end) throw new Error(`not in time: ${check.toString()}`);
}

it('an unresponsive server costs records, but neither memory nor time', async () => {
  const { port } = await server(false);
  const { logger, said, close } = logging(port);
  await until(() => said('log records go to Graylog').length === 1);
  const before = process.memoryUsage.rss();
  const startMs = performance.now();
  const text = 'x'.repeat(1000);
  for (let number = 0; number < 50_000; number++) {
    logger.info({ number, text }, 'into the void');
    if (number % 1000 === 0) await delay(1);
  }
  expect(performance.now() - startMs).toBeLessThan(10_000);
  await close();
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
  const [told] = said('log records were lost').slice(-1);
  // All but what the sockets' own buffers took.
  expect(Number(told?.['lost'])).toBeGreaterThan(30_000);
});

it('replaces a sender process that dies, and reports its records as lost', async () => {
  const { port, messages } = await server(true);
  const { logger, said } = logging(port);
  await until(() => said('log records go to Graylog').length === 1);
  const [sender = 0] = childrenOf(process.pid).filter((pid) => pid !== 0);
  process.kill(sender, 'SIGSTOP');
  for (let number = 0; number < 10; number++) logger.info({ number }, 'with it');
  await delay(50);
  process.kill(sender, 'SIGKILL');
  await until(() => said('Graylog cannot be reached').length === 1);
  await until(() => said('log records go to Graylog').length === 2);
  logger.info({}, 'after it');
  await until(() => messages().some((message) => message['short_message'] === 'after it'));
  await until(() => said('log records were lost').length > 0);
  expect(Number(said('log records were lost')[0]?.['lost'])).toBeGreaterThanOrEqual(10);
});

it('sends records of another thread through the main thread, with the same censoring', async () => {
  const { port, messages } = await server(true);
  const identities = new Identities();
  identities.conceal('participant', 'hospital-1');
  const { logger, forThread } = logging(port, { identities });
  const script = `
    import { workerData } from 'node:worker_threads';
    import { threadLogger } from '@synergos/logging';
    threadLogger(workerData).logger.warn({ round: 3 }, 'hospital-1 is late');`;
  const url = new URL(
    `data:text/javascript,${encodeURIComponent(script.replace("'@synergos/logging'", JSON.stringify(import.meta.resolve('@synergos/logging'))))}`,
  );
  const thread = new Worker(url, { workerData: forThread(), stdout: true });
  await once(thread, 'exit');
  logger.info({}, 'hospital-1 again');
  await until(() => messages().length >= 3);
  const [late, again] = ['is late', 'again'].map((end) =>
    messages().find((message) => String(message['short_message']).endsWith(end)),
  );
  expect(late).toMatchObject({ host: 'n', _role: 'ttp', _round: 3, level: 4 });
  expect(String(late?.['short_message']).split(' ')[0]).toBe(String(again?.['short_message']).split(' ')[0]);
  expect(String(late?.['short_message'])).toMatch(/^participant-[0-9a-f]{8} is late$/);
});
