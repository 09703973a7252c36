import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const QUIET_MS = 100;

/** A GELF server that reads and discards all TCP input. */
export interface GelfSink extends AsyncDisposable {
  readonly port: number;
  /** Resolves after a short time without input. */
  settled(): Promise<void>;
}

export async function startGelfSink(): Promise<GelfSink> {
  let lastMs = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', () => {
      lastMs = performance.now();
    });
    socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    settled: async () => {
      do await delay(QUIET_MS);
      while (performance.now() - lastMs < QUIET_MS);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
