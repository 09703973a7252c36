import { randomUUID } from 'node:crypto';
import { type Logger, messageOf } from '@synergos/contract';
import type { WebSocket } from 'ws';
import { closeCodes, HEARTBEATS_MISSED } from '../protocol/connection.js';
import { ownDigests } from '../protocol/digest.js';
import type { MalformedMessage } from '../protocol/errors.js';
import {
  parseMessage,
  serializeMessage,
  workerMessageSchema,
  type Hello,
  type TtpMessage,
  type WorkerMessage,
} from '../protocol/messages.js';
import { negotiate, PROTOCOL, show } from '../protocol/version.js';
import type { Refusal } from './caller.js';

const CLOSE_ANSWER_MS = 1000;
/** Sent and not yet taken by the worker: a task has at most 1 MiB. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024;
/** Messages of one connection that are refused one by one; the next one closes it. */
const MOST_MALFORMED = 20;

export interface SessionOptions {
  readonly socket: WebSocket;
  readonly participant: string;
  /** When its token expires, in milliseconds since the epoch. */
  readonly validUntil: number;
  readonly heartbeatMs: number;
  /** A connection without a hello by then is closed. */
  readonly helloMs: number;
  readonly logger: Logger;
  /** Calls `work` in the log context of the worker's task. */
  readonly within: (work: () => void) => void;
  /** Why this worker may not join, if so. */
  readonly admit: (hello: Hello) => Refusal | undefined;
  readonly onHello: (session: Session, hello: Hello) => void;
  readonly onMessage: (message: Exclude<WorkerMessage, Hello>) => void;
  /** A result that is not one, for a task that it names. */
  readonly onMalformedResult: (task: string, reason: string) => void;
  /** `leaves`: the worker was stopped, and said so. */
  readonly onClose: (session: Session, leaves: boolean) => void;
}

/** A worker's control connection, from its hello until it closes. */
export class Session {
  id: string = randomUUID();
  hello: Hello | undefined;
  lastSeen = Date.now();
  readonly #options: SessionOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #helloTimer: NodeJS.Timeout;
  #closing: NodeJS.Timeout | undefined;
  #malformed = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { socket, heartbeatMs, helloMs, within } = options;
    socket.on('message', (data) => within(() => this.#receive(data as Buffer)));
    socket.on('pong', () => this.#seen());
    socket.on('ping', (data) => {
      this.#seen();
      if (socket.readyState === socket.OPEN && this.#isRead()) socket.pong(data);
    });
    socket.on('error', (error) =>
      within(() => options.logger.debug({ participant: options.participant }, messageOf(error))),
    );
    socket.on('close', (code: number) => {
      clearInterval(this.#timer);
      clearTimeout(this.#helloTimer);
      clearTimeout(this.#closing);
      within(() => options.onClose(this, code === closeCodes.leaving));
    });
    this.#timer = setInterval(() => within(() => this.#beat()), heartbeatMs);
    this.#helloTimer = setTimeout(() => within(() => this.#missHello()), helloMs);
  }

  send(message: TtpMessage): void {
    this.#options.socket.send(serializeMessage(message));
    this.#isRead();
  }

  close(code: number, reason: string): void {
    this.#options.socket.close(code, reason);
    // A peer that does not answer the close would hold the socket.
    this.#closing ??= setTimeout(() => this.#options.socket.terminate(), CLOSE_ANSWER_MS);
  }

  #seen(): void {
    this.lastSeen = Date.now();
  }

  #beat(): void {
    const { socket, heartbeatMs, participant, validUntil, logger } = this.#options;
    if (Date.now() >= validUntil) {
      logger.warn({ participant }, "the worker's token has expired; its connection is closed");
      return this.close(closeCodes.refused, 'the token has expired');
    }
    if (Date.now() - this.lastSeen > HEARTBEATS_MISSED * heartbeatMs) {
      logger.warn({ participant }, 'closing the connection of a silent worker');
      socket.terminate();
      return;
    }
    socket.ping();
  }

  #missHello(): void {
    const { participant, logger } = this.#options;
    if (this.hello !== undefined) return;
    logger.warn({ participant }, 'no hello came; the connection is closed');
    this.close(closeCodes.malformed, 'no hello came');
  }

  /** Closes the connection of a worker that does not read: unread messages would fill this machine's memory. */
  #isRead(): boolean {
    const { socket, participant, logger } = this.#options;
    if (socket.bufferedAmount <= MOST_BUFFERED_BYTES) return true;
    logger.warn(
      { participant, bytes: socket.bufferedAmount },
      'a worker does not read; its connection is cut',
    );
    socket.terminate();
    return false;
  }

  #receive(text: Buffer): void {
    if (this.#closing !== undefined) return;
    this.#seen();
    const { participant, logger } = this.#options;
    let message: WorkerMessage;
    try {
      message = parseMessage(workerMessageSchema, text);
    } catch (error) {
      return this.#refuse(error as MalformedMessage);
    }
    if (message.type === 'hello') return this.#join(message);
    if (this.hello === undefined) return this.close(closeCodes.malformed, 'expected hello first');
    try {
      this.#options.onMessage(message);
    } catch (error) {
      logger.error({ participant, err: error }, `a ${message.type} could not be handled`);
    }
  }

  /** Refuses one message. The connection stays open if the message names its task, unless there are too many. */
  #refuse({ type, task, message: reason }: MalformedMessage): void {
    const { participant, logger, onMalformedResult } = this.#options;
    const isNamed =
      this.hello !== undefined && task !== undefined && (type === 'result' || type === 'progress');
    if (isNamed && type === 'result') onMalformedResult(task, reason);
    if (isNamed && ++this.#malformed <= MOST_MALFORMED)
      return logger.warn({ participant, task, reason }, `malformed ${type}; it is refused`);
    logger.warn({ participant, reason }, 'malformed control message; the connection is closed');
    this.close(closeCodes.malformed, 'malformed control message');
  }

  #join(hello: Hello): void {
    const { participant, logger, heartbeatMs, admit, onHello } = this.#options;
    if (this.hello !== undefined) return this.close(closeCodes.malformed, 'a second hello came');
    const protocol = negotiate(PROTOCOL, hello.protocol);
    const refusal = protocol === undefined ? versionRefusal(hello) : admit(hello);
    if (protocol === undefined || refusal !== undefined) {
      const { code, message } = refusal ?? versionRefusal(hello);
      logger.warn({ participant, code }, `worker refused: ${message}`);
      this.send({ type: 'refused', code, message });
      return this.close(closeCodes.refused, code);
    }
    if (hello.session !== undefined) this.id = hello.session;
    this.hello = hello;
    this.send({ type: 'welcome', session: this.id, protocol, heartbeatMs, capabilities: [...ownDigests] });
    onHello(this, hello);
  }
}

function versionRefusal({ protocol }: Hello): Refusal {
  return {
    code: 'protocol_version',
    message: `this TTP speaks protocol ${show(PROTOCOL)}, the worker ${show(protocol)}; update the older one`,
  };
}
