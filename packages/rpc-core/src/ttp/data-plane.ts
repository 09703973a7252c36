import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { silentLogger, type Logger } from '../logger.js';
import { DataPlaneError, PortInUse, WorkerFailed, messageOf } from '../protocol/errors.js';
import { MOST_MESSAGE_BYTES, type Hello, type TensorsRef, type WorkerMessage } from '../protocol/messages.js';
import { CONTROL_PATH, PARTICIPANT_HEADER, parseUploadPath, TENSORS_PATH } from '../protocol/paths.js';
import { Downloads, type TensorsSource } from './downloads.js';
import { refuse } from './http-answers.js';
import { Presence, type ParticipantStatus, type PresenceEvent } from './presence.js';
import { closeCodes, Session } from './session.js';
import { Task, type RequestOptions, type TaskReply, type TaskRequest } from './task.js';
import { Uploads } from './uploads.js';

export type Authentication = 'ok' | 'unknown participant' | 'wrong token';

export interface DataPlaneOptions {
  /** Says whether this token opens the data port to this participant. */
  readonly authenticate: (
    participant: string,
    token: string | undefined,
  ) => Promise<Authentication> | Authentication;
  readonly logger?: Logger;
  /** Default 10 s. */
  readonly heartbeatMs?: number;
  /** A transfer without progress for so long is given up; default 60 s. */
  readonly stallMs?: number;
  /** Default 64 GiB. */
  readonly mostUploadBytes?: number;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

/** The TTP's end of the data plane: workers dial it, get tasks, pull the global model and send their updates. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #logger: Logger;
  readonly #heartbeatMs: number;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES });
  readonly #sessions = new Map<string, Session>();
  readonly #tasks = new Map<string, Task>();
  readonly #presence = new Presence();
  readonly #downloads = new Downloads();
  readonly #uploads: Uploads;

  constructor(options: DataPlaneOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#heartbeatMs = options.heartbeatMs ?? 10_000;
    this.#uploads = new Uploads({
      mostBytes: options.mostUploadBytes ?? 64 * 2 ** 30,
      stallMs: options.stallMs ?? 60_000,
      logger: this.#logger,
    });
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#route(request, response).catch((error: unknown) => {
        this.#logger.debug({ reason: messageOf(error) }, 'a transfer ended early');
        response.destroy();
      });
    };
    // Progress is the limit of a transfer, never its total time.
    const timeouts = {
      requestTimeout: 0,
      headersTimeout: 30_000,
      keepAliveTimeout: 60_000,
      highWaterMark: 1 << 18,
    };
    this.#server = options.tls
      ? createHttpsServer({ ...options.tls, ...timeouts }, listener)
      : createHttpServer(timeouts, listener);
    this.#server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#logger.warn({ reason: messageOf(error) }, 'a worker could not connect');
        socket.destroy();
      });
    });
  }

  /** Rejects with `PortInUse`. Port 0 takes a free one. */
  async listen(port: number, host = '127.0.0.1'): Promise<{ readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'EADDRINUSE' ? new PortInUse(host, port, '--data-port') : error);
      });
      this.#server.listen(port, host, resolve);
    });
    return { port: (this.#server.address() as AddressInfo).port };
  }

  /** Ends all connections; tasks under way are rejected with the code `closed`. */
  async close(): Promise<void> {
    for (const task of [...this.#tasks.values()])
      task.fail(new DataPlaneError('closed', 'the data plane is closed'));
    for (const session of this.#sessions.values()) session.close(closeCodes.shutdown, 'the TTP stops');
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      setTimeout(() => {
        for (const session of this.#sessions.values()) session.terminate();
      }, 200).unref();
    });
  }

  /** All participants seen since the start, connected or not. */
  participants(): readonly ParticipantStatus[] {
    return this.#presence.all();
  }

  status(participant: string): ParticipantStatus | undefined {
    const session = this.#sessions.get(participant);
    if (session !== undefined) this.#presence.seen(participant, session.lastSeen);
    return this.#presence.get(participant);
  }

  /** Calls back on every connection and disconnection; the result unsubscribes. */
  onPresence(listener: (event: PresenceEvent) => void): () => void {
    return this.#presence.subscribe(listener);
  }

  /** Resolves once all are connected at the same time; rejects with code `not_connected` after `timeoutMs`. */
  whenConnected(
    participants: readonly string[],
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    return this.#presence.whenConnected(participants, options);
  }

  publish(source: TensorsSource): Promise<TensorsRef> {
    return this.#downloads.publish(source);
  }

  withdraw(sha256: string): void {
    this.#downloads.withdraw(sha256);
  }

  /**
   * Has a participant do a task. Pending while it is away: the task is sent again when it returns. Rejects with
   * `DeadlinePassed`, `WorkerFailed`, `UploadRefused`, or the signal's reason.
   */
  request(participant: string, request: TaskRequest, options: RequestOptions = {}): Promise<TaskReply> {
    const task = new Task(participant, request, options, (ended, error) => this.#over(ended, error));
    this.#tasks.set(task.id, task);
    this.#sessions.get(participant)?.send(task.message);
    return task.reply;
  }

  #over(task: Task, error: unknown): void {
    this.#tasks.delete(task.id);
    if (error === undefined || error instanceof WorkerFailed) return;
    this.#sessions.get(task.participant)?.send({ type: 'cancel', task: task.id, reason: messageOf(error) });
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://ttp');
    const caller = await this.#authenticate(request);
    if ('refusal' in caller) {
      const { status, code, message } = caller.refusal;
      request.resume();
      return refuse(response, status, code, message);
    }
    if ((request.method === 'GET' || request.method === 'HEAD') && pathname.startsWith(TENSORS_PATH))
      return this.#downloads.serve(request, response, pathname.slice(TENSORS_PATH.length));
    const upload = request.method === 'PUT' ? parseUploadPath(pathname) : undefined;
    if (upload === undefined) {
      request.resume();
      return refuse(
        response,
        404,
        'no_such_path',
        `${request.method} ${pathname} is not part of the data plane`,
      );
    }
    const task = this.#tasks.get(upload.task);
    if (task?.participant !== caller.participant) {
      request.resume();
      return refuse(
        response,
        410,
        'unknown_task',
        'this task is over or was never given to this participant',
      );
    }
    return this.#uploads.receive(request, response, task, upload.name);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const { pathname } = new URL(request.url ?? '/', 'http://ttp');
    const caller = await this.#authenticate(request);
    const refusal =
      pathname === CONTROL_PATH
        ? 'refusal' in caller && caller.refusal
        : { status: 404, code: 'no_such_path', message: `workers dial ${CONTROL_PATH}` };
    if (refusal !== false) return refuseUpgrade(socket, refusal);
    if (!('participant' in caller)) return;
    const { participant } = caller;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // The session lives by its listeners on the socket.
      new Session({
        socket: webSocket,
        participant,
        heartbeatMs: this.#heartbeatMs,
        logger: this.#logger,
        onHello: (session, hello) => this.#joined(participant, session, hello),
        onMessage: (message) => this.#received(participant, message),
        onClose: (session) => this.#left(participant, session),
      });
    });
  }

  async #authenticate(request: IncomingMessage): Promise<Caller> {
    const participant = request.headers[PARTICIPANT_HEADER];
    if (typeof participant !== 'string' || participant === '')
      return refused(401, 'no_participant', `the header ${PARTICIPANT_HEADER} is missing`);
    const name = decodeURIComponent(participant);
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const outcome = await this.#options.authenticate(name, token);
    if (outcome === 'ok') return { participant: name };
    this.#logger.warn({ participant: name }, `a worker was refused: ${outcome}`);
    return outcome === 'wrong token'
      ? refused(401, 'wrong_token', `the token is not the one made for participant '${name}'`)
      : refused(403, 'unknown_participant', `participant '${name}' is not known here, or has no token yet`);
  }

  #joined(participant: string, session: Session, hello: Hello): void {
    const before = this.#sessions.get(participant);
    this.#sessions.set(participant, session);
    before?.close(closeCodes.replaced, 'the participant connected anew');
    const { software, hardware, capabilities } = hello;
    this.#presence.joined({ participant, software, hardware, capabilities, lastSeen: session.lastSeen });
    this.#logger.info({ participant, software }, 'worker connected');
    const underWay = new Set(hello.tasks);
    for (const task of this.#tasks.values())
      if (task.participant === participant && !underWay.delete(task.id)) session.send(task.message);
    for (const task of underWay)
      session.send({ type: 'cancel', task, reason: 'the TTP no longer waits for it' });
  }

  #left(participant: string, session: Session): void {
    if (this.#sessions.get(participant) !== session) return;
    this.#sessions.delete(participant);
    this.#presence.left(participant);
    this.#logger.info({ participant }, 'worker disconnected');
  }

  #received(participant: string, message: Exclude<WorkerMessage, Hello>): void {
    const task = this.#tasks.get(message.task);
    const known = task?.participant === participant ? task : undefined;
    if (message.type === 'progress') return known?.options.onProgress?.(message.data);
    // Also for a task that is over: its acknowledgement may have been lost.
    this.#sessions.get(participant)?.send({ type: 'taken', task: message.task });
    const { outcome } = message;
    if (outcome.ok) known?.complete(outcome.payload);
    else known?.fail(new WorkerFailed(outcome.code, outcome.message));
  }
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}
type Caller = { readonly participant: string } | { readonly refusal: Refusal };

function refused(status: number, code: string, message: string): Caller {
  return { refusal: { status, code, message } };
}

function refuseUpgrade(socket: Duplex, { status, code, message }: Refusal): void {
  const body = JSON.stringify({ code, message });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
