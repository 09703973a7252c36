import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import createGraygelf from 'graygelf/server.js';
import { startLogging, withLogContext, type Logging, type LoggingOptions } from '@synergos/logging';
import { afterAll, describe, expect, it } from 'vitest';
import { processesWith } from './processes.js';
import { hasRsyslog, Rsyslog, type GelfMessage } from './rsyslog.js';

const cleanups: (() => unknown)[] = [];
// The tests run at the same time: most of their time is waiting.
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function eventually<Value>(check: () => Value | undefined | false, timeoutMs = 15_000): Promise<Value> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await delay(20)) {
    const value = check();
    if (value !== undefined && value !== false) return value;
  }
  throw new Error(`not within ${timeoutMs} ms: ${check.toString()}`);
}

function logging(graylog: LoggingOptions['graylog'], more: Partial<LoggingOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const started = startLogging({ node: 'ttp/1', role: 'ttp', stream, graylog, ...more });
  cleanups.push(() => started.close());
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    ...started,
    records,
    said: (text: string) => records().find(({ msg }) => String(msg).includes(text)),
  };
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** graygelf's UDP server. */
function graygelf(port: number) {
  const messages: GelfMessage[] = [];
  const server = createGraygelf().listen(port, '127.0.0.1');
  server.on('message', (message: GelfMessage) => messages.push(message));
  let open = true;
  const close = () => {
    if (open) server.close();
    open = false;
  };
  cleanups.push(close);
  return { messages, close };
}

async function rsyslog(): Promise<Rsyslog> {
  const server = await Rsyslog.onFreePort();
  cleanups.push(() => server.close());
  return server;
}

function logThrough({ logger }: Pick<Logging, 'logger'>): void {
  withLogContext({ job: 'j1', round: 3 }, () =>
    logger
      .child({ component: 'orchestration' })
      .warn(
        { loss: 0.25, participant: 'dream', id: 'x', nested: { a: [1] }, ok: true, none: null },
        'update refused',
      ),
  );
  logger.error({ err: Object.assign(new TypeError('disk gone'), { code: 'storage_full' }) }, 'job failed');
}

const EXPECTED = {
  version: '1.1',
  host: 'ttp/1',
  short_message: 'update refused',
  level: 4,
  timestamp: expect.any(Number) as number,
  _node: 'ttp/1',
  _role: 'ttp',
  _component: 'orchestration',
  _job: 'j1',
  _round: 3,
  _loss: 0.25,
  _participant: 'dream',
  _record_id: 'x',
  _nested: '{"a":[1]}',
  _ok: 'true',
};

it.concurrent.each(['tcp', 'udp'] as const)(
  'a host that there is not, over %s, is one warning, and all goes on',
  async (protocol) => {
    const host = 'graylog.invalid';
    const { logger, said, records, close } = logging({ host, port: 12_201, protocol });
    logger.info({}, 'at the start');
    expect(await eventually(() => said('cannot be reached'))).toMatchObject({
      level: 'warn',
      host,
      reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string,
    });
    logger.info({}, 'later');
    // Long enough to have tried again.
    await delay(1500);
    await close();
    expect(records().map(({ msg }) => msg)).toEqual([
      'at the start',
      'Graylog cannot be reached; going on, and trying again',
      'later',
      // Buffered records are reported as lost at the end.
      'log records were lost on their way to Graylog',
    ]);
  },
);

describe.concurrent('over UDP, read by graygelf', () => {
  it('a record arrives with its level, ids and numbers, an error with its stack', async () => {
    const port = await freeUdpPort();
    const { messages } = graygelf(port);
    logThrough(logging({ host: '127.0.0.1', port, protocol: 'udp' }));
    const [refused, failed] = await eventually(() => {
      const found = ['update refused', 'job failed'].map((text) =>
        messages.find((one) => one['short_message'] === text),
      );
      return found.every((one) => one !== undefined) && found;
    });
    expect(refused).toMatchObject(EXPECTED);
    expect(refused).not.toHaveProperty('_none');
    expect(Math.abs(Number(refused?.['timestamp']) - Date.now() / 1000)).toBeLessThan(20);
    expect(failed).toMatchObject({
      level: 3,
      _error_type: 'TypeError',
      _error_code: 'storage_full',
      _error_message: 'disk gone',
    });
    expect(failed?.['full_message']).toMatch(/^job failed\nTypeError: disk gone\n\s+at /);
  });

  it('long records arrive, compressed and in chunks', async () => {
    const port = await freeUdpPort();
    const { messages } = graygelf(port);
    const { logger } = logging({ host: '127.0.0.1', port, protocol: 'udp' });
    // What does not compress needs chunks.
    const noise = Array.from({ length: 20_000 }, (_, i) =>
      String.fromCharCode(0x4e00 + ((i * 7919 * i) % 20_000)),
    ).join('');
    logger.info({ text: 'a'.repeat(50_000) }, 'compressed');
    logger.info({ text: noise }, 'chunked');
    const both = await eventually(() => {
      const found = ['compressed', 'chunked'].map((text) =>
        messages.find((one) => one['short_message'] === text),
      );
      return found.every((one) => one !== undefined) && found;
    });
    expect(both.map((message) => message?.['_text'])).toEqual(['a'.repeat(50_000), noise]);
  });

  it('reports an unreachable server once, and delivers the buffered records when it is back', async () => {
    const port = await freeUdpPort();
    const { logger, said, records } = logging({ host: '127.0.0.1', port, protocol: 'udp' });
    logger.info({ number: 0 }, 'early');
    expect(await eventually(() => said('cannot be reached'))).toMatchObject({
      level: 'warn',
      port,
      protocol: 'udp',
    });
    for (let number = 1; number < 50; number++) logger.info({ number }, 'early');
    await delay(1200);
    const { messages } = graygelf(port);
    const numbers = await eventually(() => {
      const found = messages.filter((one) => one['short_message'] === 'early').map((one) => one['_number']);
      return found.length >= 50 && found;
    });
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, number) => number));
    expect(records().filter(({ msg }) => String(msg).includes('cannot be reached'))).toHaveLength(1);
  });
});

describe.runIf(hasRsyslog()).concurrent('over TCP, read by rsyslog', () => {
  it('records arrive with their levels, ids and numbers', async () => {
    const server = await rsyslog();
    await server.start();
    logThrough(logging({ host: '127.0.0.1', port: server.port, protocol: 'tcp' }));
    const refused = await eventually(() =>
      server.messages().find((one) => one['short_message'] === 'update refused'),
    );
    expect(refused).toMatchObject(EXPECTED);
  });

  it('reports an unreachable server, and delivers the buffered records in order', async () => {
    const server = await rsyslog();
    const { logger, said } = logging({ host: '127.0.0.1', port: server.port, protocol: 'tcp' });
    for (let number = 0; number < 50; number++) logger.info({ number }, 'early');
    await eventually(() => said('cannot be reached'));
    await server.start();
    await eventually(() => said('log records go to Graylog'));
    const numbers = await eventually(() => {
      const found = server
        .messages()
        .flatMap((one) => (one['short_message'] === 'early' ? [one['_number']] : []));
      return found.length >= 50 && found;
    });
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, number) => number));
  });

  it('system metrics go to their own port', async () => {
    const main = await rsyslog();
    const metrics = await rsyslog();
    await main.start();
    await metrics.start();
    const { logger, sysmetrics, records } = logging({
      host: '127.0.0.1',
      port: main.port,
      sysmetricsPort: metrics.port,
      protocol: 'tcp',
    });
    logger.info({}, 'to main');
    sysmetrics.info({ cpu_percent: 12.5 }, 'system metrics');
    const sent = await eventually(() =>
      metrics.messages().find((one) => one['short_message'] === 'system metrics'),
    );
    expect(sent).toMatchObject({ _role: 'sysmetrics', _cpu_percent: 12.5, host: 'ttp/1' });
    await eventually(() => main.messages().find((one) => one['short_message'] === 'to main'));
    expect(main.messages().some((one) => one['_role'] === 'sysmetrics')).toBe(false);
    // On standard output they would drown all else.
    expect(records().some(({ role }) => role === 'sysmetrics')).toBe(false);
  });

  it.each(['process.kill(process.pid, "SIGKILL")', 'process.exit(3)', 'throw new Error("boom")'])(
    'the last record of a process that ends by %s arrives',
    async (end) => {
      const server = await rsyslog();
      await server.start();
      const script = `
        import { startLogging } from '@synergos/logging';
        const { logger } = startLogging({ node: 'n', role: 'worker', graylog: { host: '127.0.0.1', port: ${server.port}, protocol: 'tcp' } });
        logger.error({}, 'the last words');
        setImmediate(() => { ${end} });`;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: import.meta.dirname,
        stdio: 'ignore',
      });
      await once(child, 'exit');
      await eventually(() => server.messages().find((one) => one['short_message'] === 'the last words'));
    },
  );

  it('an idle process ends by itself, followed by its sender', async () => {
    // Of this test's own, so that its sender is known among all processes.
    const host = `127.1.${(process.pid >> 8) & 255}.${process.pid & 255}`;
    const script = `
      import { startLogging } from '@synergos/logging';
      startLogging({ node: 'n', role: 'worker', graylog: { host: '${host}', port: 9, protocol: 'tcp' } }).logger.info({}, 'x');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      stdio: 'ignore',
    });
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
    expect(code).toBe(0);
    const senders = () => processesWith(`{"host":"${host}"`);
    // The sender runs on briefly to send the last records; it had hardly started when its parent ended.
    expect(senders()).toHaveLength(1);
    await eventually(() => senders().length === 0);
  });
});
