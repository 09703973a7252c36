import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RETRY_MS, type GelfTarget, type GelfTransport, type TransportEvents } from './protocol.js';
import { Recent } from './recent.js';

const CONNECT_MS = 5000;

/** GELF over TCP, with messages ended by a zero byte. Messages whose write fails are sent again on the next connection. */
export function tcpTransport({ host, port }: GelfTarget, events: TransportEvents): GelfTransport {
  const recent = new Recent();
  let closing = false;
  let connection: Promise<Socket> | undefined;

  const dial = async (): Promise<Socket> => {
    for (;;) {
      const socket = connect({ host, port, keepAlive: true, noDelay: true });
      try {
        await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
        // `close` reports a lost connection.
        socket.on('error', (error) => (socket.destroyed ? undefined : socket.destroy(error)));
        socket.resume();
        socket.once('close', () => {
          if (closing) return;
          events.unsure(recent.take());
          events.down('the connection broke');
          connection = dial();
        });
        events.up();
        return socket;
      } catch (error) {
        socket.destroy();
        events.down(error instanceof AggregateError ? String(error.errors[0]) : (error as Error).message);
        await delay(RETRY_MS);
      }
    }
  };
  connection = dial();

  return {
    send: async (messages) => {
      const frames = messages.map((message) => `${message}\0`).join('');
      for (;;) {
        const socket = await (connection ??= dial());
        const taken = await new Promise<boolean>((resolve) => {
          socket.write(frames, (error) => resolve(error === undefined || error === null));
        });
        if (taken) return recent.add(messages.length);
        await delay(RETRY_MS / 10);
      }
    },
    close: async () => {
      closing = true;
      const socket = await connection;
      socket?.end();
      if (socket !== undefined && !socket.closed) await once(socket, 'close').catch(() => undefined);
    },
  };
}
