import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { childrenOf, residentBytes } from './processes.js';
import { hasRsyslog, Rsyslog } from './rsyslog.js';

/** `npm run soak` writes for a minute. */
const SECONDS = Number(process.env['SYNERGOS_LOG_SECONDS'] ?? 3);
const RATE = 10_000;

interface Outcome {
  readonly written: number;
  readonly tookSeconds: number;
  readonly mostBytes: number;
  readonly lateP99Ms: number;
  readonly own: readonly Readonly<Record<string, unknown>>[];
}

it.runIf(hasRsyslog())(
  `${RATE} records a second for ${SECONDS} s while the server goes down and up: memory is bounded, every loss is told`,
  async () => {
    const server = await Rsyslog.onFreePort();
    try {
      await server.start();
      const script = join(import.meta.dirname, 'steady-writer.mjs');
      const args = [server.port, RATE, SECONDS].map(String);
      const writer = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      const output = text(writer.stdout);
      const ended = once(writer, 'exit').then(() => true);
      let shipperBytes = 0;
      const watch = setInterval(() => {
        shipperBytes = Math.max(shipperBytes, ...childrenOf(writer.pid).map(residentBytes));
      }, 100);
      // Up for a third of the time, down long enough to lose, up again; by a kill and by a stop in turns.
      for (let outage = 0; ; outage++) {
        if (await Promise.race([delay((SECONDS * 1000) / 6, false), ended])) break;
        await server.kill(outage % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
        await delay(Math.min(5000, (SECONDS * 1000) / 3));
        await server.start();
        if (await Promise.race([delay((SECONDS * 1000) / 3, false), ended])) break;
      }
      await ended;
      clearInterval(watch);
      await delay(500);

      const { written, tookSeconds, mostBytes, lateP99Ms, own } = JSON.parse(await output) as Outcome;
      const arrived = new Set(
        server.messages().flatMap(({ _number }) => (_number === undefined ? [] : [_number])),
      ).size;
      const losses = own.filter(({ msg }) => String(msg).startsWith('log records were lost'));
      const { lost = 0, unsure = 0 } = losses.at(-1) as { readonly lost?: number; readonly unsure?: number };
      console.log(
        `${written} written in ${tookSeconds.toFixed(1)} s, ${arrived} arrived, ${lost} told lost, ${unsure} unsure; ` +
          `writer ${(mostBytes / 2 ** 20).toFixed(0)} MB, its sender ${(shipperBytes / 2 ** 20).toFixed(0)} MB, event loop late p99 ${lateP99Ms.toFixed(0)} ms`,
      );
      expect(written).toBe(RATE * SECONDS);
      expect(tookSeconds).toBeLessThan(SECONDS * 1.2);
      expect(lost).toBeGreaterThan(0);
      // The logger's own records are among those counted.
      expect(arrived + lost).toBeLessThanOrEqual(written + own.length);
      expect(written - arrived).toBeLessThanOrEqual(lost + unsure);
      expect(mostBytes).toBeLessThan(200 * 2 ** 20);
      expect(shipperBytes).toBeLessThan(200 * 2 ** 20);
      expect(own.some(({ msg }) => String(msg).startsWith('Graylog cannot be reached'))).toBe(true);
    } finally {
      await server.close();
    }
  },
  SECONDS * 1000 + 60_000,
);
