import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionGate, type ConnectionLimits, type Logger, messageOf } from '@synergos/contract';
import { PortInUse } from '../protocol/errors.js';

export interface ListenerOptions {
  readonly limits: ConnectionLimits;
  /** A connection that has not shown a valid token by then is closed. */
  readonly strangerMs: number;
  readonly logger: Logger;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

const CLOSE_ANSWER_MS = 500;
const REPORT_MS = 10_000;

/** The data port: its server, its connections and their limits. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #gate: ConnectionGate<Socket>;
  #refused = 0;
  #reportedMs = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#gate = new ConnectionGate(options.limits);
    const { tls, strangerMs, logger, onRequest, onUpgrade } = options;
    // Progress is the limit of a transfer, never its total time.
    const timeouts = {
      requestTimeout: 0,
      headersTimeout: strangerMs,
      keepAliveTimeout: 60_000,
      highWaterMark: 1 << 18,
    };
    this.#server = tls
      ? createHttpsServer({ ...tls, ...timeouts, handshakeTimeout: strangerMs }, onRequest)
      : createHttpServer(timeouts, onRequest);
    // Of TLS, the connection below: the gate counts it before its handshake.
    this.#server.on('connection', (socket: Socket) => this.#opened(socket));
    this.#server.on('upgrade', (request, socket, head) => {
      onUpgrade(request, socket, head).catch((error: unknown) => {
        logger.warn({ reason: messageOf(error) }, 'a worker could not connect');
        socket.destroy();
      });
    });
  }

  /** Rejects with `PortInUse`. Port 0 takes a free one. */
  async listen(port: number, host: string): Promise<{ readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) =>
        reject(error.code === 'EADDRINUSE' ? new PortInUse(host, port, '--data-port') : error);
      this.#server.once('error', failed);
      this.#server.listen(port, host, () => {
        this.#server.off('error', failed);
        resolve();
      });
    });
    return { port: (this.#server.address() as AddressInfo).port };
  }

  /** The connection has shown a participant's token. False if the participant has too many connections. */
  trust(socket: Socket, participant: string): boolean {
    return this.#gate.trust(socket, participant);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // Connections that do not answer the close by then are cut off.
      const cut = setTimeout(() => {
        for (const socket of this.#gate.sockets) socket.destroy();
      }, CLOSE_ANSWER_MS);
      this.#server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }

  #opened(socket: Socket): void {
    const { strangerMs } = this.#options;
    const full = this.#gate.admit(socket);
    if (full !== undefined) return this.#report(full, socket.remoteAddress);
    const timer = setTimeout(() => {
      if (this.#gate.isStranger(socket)) socket.destroy();
    }, strangerMs);
    socket.once('close', () => clearTimeout(timer));
  }

  /** A flood of connections is no flood of log lines. */
  #report(reason: string, address: string | undefined): void {
    this.#refused++;
    const now = Date.now();
    if (now - this.#reportedMs < REPORT_MS) return;
    this.#options.logger.warn({ reason, address, refused: this.#refused }, 'connections were refused');
    this.#reportedMs = now;
    this.#refused = 0;
  }
}
