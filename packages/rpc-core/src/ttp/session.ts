import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Logger } from '../logger.js';
import { messageOf } from '../protocol/errors.js';
import {
  parseMessage,
  workerMessageSchema,
  type Hello,
  type TtpMessage,
  type WorkerMessage,
} from '../protocol/messages.js';
import { negotiate, PROTOCOL, show } from '../protocol/version.js';

/** Close codes of the control connection, in the range for applications. */
export const closeCodes = { malformed: 4400, refused: 4403, replaced: 4409, shutdown: 1001 } as const;

/** A connection is dead when nothing was heard for this many heartbeats. */
export const HEARTBEATS_MISSED = 2.5;

export interface SessionOptions {
  readonly socket: WebSocket;
  readonly participant: string;
  readonly heartbeatMs: number;
  readonly logger: Logger;
  readonly onHello: (session: Session, hello: Hello) => void;
  readonly onMessage: (message: Exclude<WorkerMessage, Hello>) => void;
  readonly onClose: (session: Session) => void;
}

/** A worker's control connection, from its hello until it closes. */
export class Session {
  id: string = randomUUID();
  hello: Hello | undefined;
  lastSeen = Date.now();
  readonly #options: SessionOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { socket, heartbeatMs } = options;
    socket.on('message', (data) => this.#receive(data.toString()));
    socket.on('pong', () => this.#seen());
    socket.on('ping', () => this.#seen());
    socket.on('error', (error) =>
      options.logger.debug({ participant: options.participant }, messageOf(error)),
    );
    socket.on('close', () => {
      clearInterval(this.#timer);
      options.onClose(this);
    });
    this.#timer = setInterval(() => this.#beat(), heartbeatMs);
  }

  send(message: TtpMessage): void {
    this.#options.socket.send(JSON.stringify(message));
  }

  close(code: number, reason: string): void {
    this.#options.socket.close(code, reason);
    // A peer that does not answer the close would hold the socket.
    setTimeout(() => this.#options.socket.terminate(), 1000).unref();
  }

  terminate(): void {
    this.#options.socket.terminate();
  }

  #seen(): void {
    this.lastSeen = Date.now();
  }

  #beat(): void {
    const { socket, heartbeatMs, participant, logger } = this.#options;
    if (Date.now() - this.lastSeen > HEARTBEATS_MISSED * heartbeatMs) {
      logger.warn({ participant }, 'worker is silent; its connection is given up');
      socket.terminate();
      return;
    }
    socket.ping();
  }

  #receive(text: string): void {
    this.#seen();
    const { participant, logger, heartbeatMs } = this.#options;
    let message: WorkerMessage;
    try {
      message = parseMessage(workerMessageSchema, text);
    } catch (error) {
      logger.warn(
        { participant, reason: messageOf(error) },
        'malformed control message; the connection is closed',
      );
      this.close(closeCodes.malformed, 'malformed control message');
      return;
    }
    if (message.type !== 'hello') {
      if (this.hello === undefined) this.close(closeCodes.malformed, 'expected hello first');
      else this.#options.onMessage(message);
      return;
    }
    const protocol = negotiate(PROTOCOL, message.protocol);
    if (protocol === undefined) {
      const reason = `this TTP speaks protocol ${show(PROTOCOL)}, the worker ${show(message.protocol)}; update the older one`;
      logger.warn({ participant }, `worker refused: ${reason}`);
      this.send({ type: 'refused', code: 'protocol_version', message: reason });
      this.close(closeCodes.refused, 'protocol_version');
      return;
    }
    if (message.session !== undefined) this.id = message.session;
    this.hello = message;
    this.send({ type: 'welcome', session: this.id, protocol, heartbeatMs });
    this.#options.onHello(this, message);
  }
}
