import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { ConnectionGate, limitsOf, type Logger } from '@synergos/contract';

/** Half of the data port's limit: the API has fewer clients than the data port has workers. */
export const DEFAULT_REST_CONNECTIONS = 4096;
/** Timeout of a body without progress. */
const BODY_IDLE_MS = 60_000;
const REPORT_MS = 10_000;

const gates = new WeakMap<IncomingMessage, ConnectionGate<Socket>>();

/** Marks a request's connection as authenticated; it no longer counts among those without a token. */
export function trustConnection(request: IncomingMessage): void {
  gates.get(request)?.trust(request.socket);
}

/** Limits the connections of a server. */
export function limitConnections(server: Server, most: number, logger: Logger): void {
  const gate = new ConnectionGate<Socket>(limitsOf(most));
  let refused = 0;
  let reportedMs = 0;
  server.on('connection', (socket: Socket) => {
    const reason = gate.admit(socket);
    if (reason === undefined) return;
    refused++;
    if (Date.now() - reportedMs < REPORT_MS) return;
    logger.warn({ reason, address: socket.remoteAddress, refused }, 'connections were refused');
    reportedMs = Date.now();
    refused = 0;
  });
  server.prependListener('request', (request) => gates.set(request, gate));
}

/** Limits the idle time of a request body; the response may take hours. */
export function withIdleBodies(listener: RequestListener, idleMs: number = BODY_IDLE_MS): RequestListener {
  return (request, response) => {
    const hasBody = Number(request.headers['content-length']) > 0 || 'transfer-encoding' in request.headers;
    if (hasBody) {
      request.setTimeout(idleMs, () => request.destroy());
      // After the response, the server's own keep-alive timeout applies.
      request.once('end', () => void (response.writableEnded || request.setTimeout(0)));
    }
    listener(request, response);
  };
}
