import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { datagramsOf } from './datagrams.js';
import { RETRY_MS, type GelfTarget, type GelfTransport, type TransportEvents } from './protocol.js';
import { Recent } from './recent.js';

/** Time within which a machine reports that no process listens on the port. */
const REFUSAL_MS = 100;

/**
 * Sends GELF over UDP, long messages in chunks. A closed port is detected if the network reports it; the next message is
 * then retried until it is not refused. Datagrams lost in the network are not detected.
 */
export function udpTransport({ host, port }: GelfTarget, events: TransportEvents): GelfTransport {
  const recent = new Recent();
  let closing = false;
  let socket: Socket | undefined;
  let trusted = false;

  const refused = (reason: string) => {
    socket?.close();
    socket = undefined;
    if (trusted) events.unsure(recent.take());
    trusted = false;
    if (!closing) events.down(reason);
  };

  const open = async (): Promise<Socket> => {
    const { address, family } = await lookup(host);
    const fresh = createSocket(family === 6 ? 'udp6' : 'udp4');
    fresh.connect(port, address);
    await once(fresh, 'connect');
    // A discarded socket may still report errors.
    fresh.on('error', (error) => (fresh === socket ? refused(error.message) : undefined));
    socket = fresh;
    return fresh;
  };

  /** False if the message was refused. */
  const sendOne = async (datagrams: readonly Buffer[]): Promise<boolean> => {
    const line = socket ?? (await open());
    for (const datagram of datagrams) {
      const error = await new Promise<Error | null>((resolve) => line.send(datagram, resolve));
      if (line !== socket) return false;
      if (error !== null) {
        refused(error.message);
        return false;
      }
    }
    if (trusted) return true;
    await delay(REFUSAL_MS);
    if (line !== socket) return false;
    trusted = true;
    events.up();
    return true;
  };

  return {
    send: async (messages) => {
      for (const message of messages) {
        const datagrams = datagramsOf(message);
        if (datagrams === undefined) events.lost(1);
        else
          while (!(await sendOne(datagrams).catch((error: Error) => (refused(error.message), false))))
            await delay(RETRY_MS);
        recent.add(1);
      }
    },
    close: async () => {
      closing = true;
      socket?.close();
      socket = undefined;
    },
  };
}
