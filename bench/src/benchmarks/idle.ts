import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Benchmark } from '../benchmark.js';
import { cpuSeconds, residentBytes } from '../process-figures.js';
import { createLoad } from '../rest/load.js';
import { startTtp } from '../rest/ttp.js';

const SETTLE_MS = 3000;
const WATCH_MS = 20_000;

/** Measures the cost of connected idle workers for a TTP. */
export const idle: Benchmark = {
  name: 'idle',
  summary: 'idle connected workers on one TTP; --workers (default 2000)',
  async run(print, { workers = '2000' }) {
    const ids = Array.from({ length: Number(workers) }, (_, index) => `worker-${index}`);
    await using ttp = await startTtp();
    using load = createLoad(ttp.url, ttp.token, 8);
    await Promise.all(ids.map((id) => load.call('POST', '/ttp/connect/participants', { id })));
    const tokens = await Promise.all(
      ids.map(
        async (id) => (await load.call('POST', `/ttp/connect/participants/${id}/token`)).json.data.token,
      ),
    );
    const before = residentBytes(ttp.pid);
    const startedMs = performance.now();
    const sockets = await Promise.all(
      ids.map((id, index) => connect(ttp.dataUrl, id, String(tokens[index]))),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    await delay(SETTLE_MS);
    const bytesEach = (residentBytes(ttp.pid) - before) / ids.length;
    const cpu = cpuSeconds(ttp.pid);
    await delay(WATCH_MS);
    const share = (cpuSeconds(ttp.pid) - cpu) / (WATCH_MS / 1000);
    const open = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    for (const socket of sockets) socket.terminate();
    if (open < ids.length) throw new Error(`${ids.length - open} connections were lost`);
    print(
      `${ids.length} workers connected in ${seconds.toFixed(1)} s; ${(bytesEach / 1024).toFixed(0)} KiB each; ` +
        `their heartbeats take ${(100 * share).toFixed(1)} % of a core`,
    );
    return {
      workers: ids.length,
      connect_seconds: Math.round(seconds * 10) / 10,
      kib_per_connection: Math.round(bytesEach / 102.4) / 10,
      core_share: Math.round(share * 1000) / 1000,
    };
  },
};

/** Resolves when the TTP has welcomed the worker. */
function connect(url: string, participant: string, token: string): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${token}`, 'x-synergos-participant': participant };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/control`, { headers });
  const protocol = { major: 1, minor: 1 };
  return new Promise((resolve, reject) => {
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'hello', protocol, participant, software: 'bench', tasks: [] })),
    );
    socket.once('message', () => resolve(socket));
    socket.on('error', reject);
  });
}
