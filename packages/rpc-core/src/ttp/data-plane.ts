import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  DEFAULT_CONNECTIONS,
  FailedLogins,
  failureKinds,
  foreignCode,
  limitsOf,
  type Logger,
  messageOf,
  shorten,
  silentLogger,
} from '@synergos/contract';
import { WebSocketServer } from 'ws';
import { setTimeout as delay } from 'node:timers/promises';
import { closeCodes } from '../protocol/connection.js';
import { DataPlaneError, UploadRefused, WorkerFailed } from '../protocol/errors.js';
import {
  MOST_FRAME_BYTES,
  serializeMessage,
  type Hello,
  type TensorsRef,
  type WorkerMessage,
} from '../protocol/messages.js';
import { CONTROL_PATH, parseUploadPath, TENSORS_PATH } from '../protocol/paths.js';
import { countingChunks } from './chunk-garbage.js';
import { callerOf, type Authenticate, type Caller, type Refusal } from './caller.js';
import { Downloads, type TensorsSource } from './downloads.js';
import { refuse } from './http-answers.js';
import { Listener } from './listener.js';
import { Presence, type ParticipantStatus, type PresenceEvent } from './presence.js';
import { Session } from './session.js';
import { Task, type RequestOptions, type TaskReply, type TaskRequest } from './task.js';
import { Uploads } from './uploads.js';

export interface DataPlaneOptions {
  /** Says whether this token opens the data port to this participant. */
  readonly authenticate: Authenticate;
  readonly logger?: Logger;
  /** Default 10 s. */
  readonly heartbeatMs?: number;
  /** A transfer without progress for this time is interrupted; default 60 s. */
  readonly stallMs?: number;
  /** Default 64 GiB. */
  readonly mostUploadBytes?: number;
  /** Open connections, and the base of all other limits; default 8192. */
  readonly mostConnections?: number;
  /** A connection shows a valid token and says hello by then, or is closed; default 10 s. */
  readonly helloMs?: number;
  /**
   * Called after every 8 MiB of transferred chunks, which are garbage then. They lie outside of V8's heap, and V8 may collect
   * its whole heap for every 64 MiB of them: a program may collect the young generation before that. Default: nothing.
   */
  readonly collectGarbage?: () => void;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

/** The TTP's end of the data plane: workers dial it, get tasks, pull the global model and send their updates. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #logger: Logger;
  readonly #heartbeatMs: number;
  readonly #helloMs: number;
  readonly #listener: Listener;
  readonly #failedLogins: FailedLogins;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_FRAME_BYTES,
    // The session answers pings, while its answers are read.
    autoPong: false,
  });
  /** All control connections, also before their hello. */
  readonly #open = new Set<Session>();
  /** The joined ones, by participant. */
  readonly #sessions = new Map<string, Session>();
  readonly #tasks = new Map<string, Task>();
  readonly #presence = new Presence();
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #transfers = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(options: DataPlaneOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#heartbeatMs = options.heartbeatMs ?? 10_000;
    const stallMs = options.stallMs ?? 60_000;
    const onChunkDone = countingChunks(options.collectGarbage);
    this.#downloads = new Downloads({ stallMs, onChunkDone });
    this.#uploads = new Uploads({
      mostBytes: options.mostUploadBytes ?? 64 * 2 ** 30,
      stallMs,
      onChunkDone,
      logger: this.#logger,
    });
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      const transfer = this.#attempt(response, () => this.#route(request, response)).finally(() =>
        this.#transfers.delete(transfer),
      );
      this.#transfers.add(transfer);
    };
    this.#helloMs = options.helloMs ?? 10_000;
    this.#failedLogins = new FailedLogins((fields, message) => this.#logger.warn(fields, message));
    this.#listener = new Listener({
      limits: limitsOf(options.mostConnections ?? DEFAULT_CONNECTIONS),
      strangerMs: this.#helloMs,
      logger: this.#logger,
      tls: options.tls,
      onRequest: listener,
      onUpgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
  }

  /** Rejects with `PortInUse`. Port 0 takes a free one. */
  listen(port: number, host = '127.0.0.1'): Promise<{ readonly port: number }> {
    return this.#listener.listen(port, host);
  }

  /** Ends all connections; pending tasks are rejected with the code `closed`. */
  close(): Promise<void> {
    return (this.#closed ??= this.#end());
  }

  async #end(): Promise<void> {
    for (const task of [...this.#tasks.values()]) task.fail(closedError());
    for (const session of this.#open) session.close(closeCodes.shutdown, 'the TTP stops');
    await this.#listener.close();
    // Aborts the sinks of interrupted uploads.
    const patience = new AbortController();
    await Promise.race([
      Promise.allSettled(this.#transfers),
      delay(CLOSE_ANSWER_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  /** All participants seen since the start, connected or not. */
  participants(): readonly ParticipantStatus[] {
    for (const [participant, { lastSeen }] of this.#sessions) this.#presence.seen(participant, lastSeen);
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

  /** Ends the participant's connection, for example after its token was revoked: it has to authenticate again. */
  disconnect(participant: string): void {
    this.#sessions.get(participant)?.close(closeCodes.refused, 'prove again who you are');
  }

  /** Bytes of tensors since the start, over all workers. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number } {
    return { receivedBytes: this.#uploads.receivedBytes, sentBytes: this.#downloads.sentBytes };
  }

  publish(source: TensorsSource): Promise<TensorsRef> {
    return this.#downloads.publish(source);
  }

  withdraw(sha256: string): void {
    this.#downloads.withdraw(sha256);
  }

  /**
   * Has a participant do a task. Pending while it is away: the task is sent again when it returns. Rejects with
   * `DeadlinePassed`, `WorkerFailed`, `UploadRefused`, the signal's reason, or a `DataPlaneError` with code `closed`,
   * `not_json` or `message_too_large`.
   */
  request(participant: string, request: TaskRequest, options: RequestOptions = {}): Promise<TaskReply> {
    const task = new Task(participant, request, options, (ended, error) => this.#over(ended, error));
    try {
      if (this.#closed !== undefined) throw closedError();
      serializeMessage(task.message);
    } catch (error) {
      task.fail(error);
      return task.reply;
    }
    this.#tasks.set(task.id, task);
    this.#sessions.get(participant)?.send(task.message);
    return task.reply;
  }

  #over(task: Task, error: unknown): void {
    this.#tasks.delete(task.id);
    this.#uploads.drop(task);
    // A worker learns of a refused upload from the answer to it.
    if (error === undefined || error instanceof WorkerFailed || error instanceof UploadRefused) return;
    this.#sessions
      .get(task.participant)
      ?.send({ type: 'cancel', task: task.id, reason: shorten(messageOf(error)) });
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = pathOf(request);
    const caller = await this.#callerOf(request);
    if ('refusal' in caller) {
      const { code, message } = caller.refusal;
      request.resume();
      return refuse(response, code, message);
    }
    if ((request.method === 'GET' || request.method === 'HEAD') && pathname.startsWith(TENSORS_PATH)) {
      const sha256 = pathname.slice(TENSORS_PATH.length);
      return this.#within(caller.participant, () =>
        this.#attempt(response, () => this.#downloads.serve(request, response, sha256)),
      );
    }
    const upload = ['PUT', 'HEAD'].includes(request.method ?? '') ? parseUploadPath(pathname) : undefined;
    if (upload === undefined) {
      request.resume();
      return refuse(response, 'no_such_path', `${request.method} ${pathname} is not part of the data plane`);
    }
    const task = this.#tasks.get(upload.task);
    if (task?.participant !== caller.participant) {
      request.resume();
      return refuse(response, 'unknown_task', 'this task is over or was never given to this participant');
    }
    return task.within(() =>
      this.#attempt(response, () =>
        request.method === 'HEAD'
          ? this.#uploads.answerOffset(response, task, upload.name)
          : this.#uploads.receive(request, response, task, upload.name),
      ),
    );
  }

  /** The participant that the request's token is of, if its connections are not too many. */
  async #callerOf(request: IncomingMessage): Promise<Caller> {
    const caller = await callerOf(request, this.#options.authenticate, this.#failedLogins);
    if ('refusal' in caller || this.#listener.trust(request.socket, caller.participant)) return caller;
    const message = 'too many connections of this participant are open';
    return { refusal: { code: 'too_many_connections', message } };
  }

  /** Runs `work` in the log context of the participant's newest pending task, if there is one. */
  #within<Result>(participant: string, work: () => Result): Result {
    const task = [...this.#tasks.values()].findLast((one) => one.participant === participant);
    return task === undefined ? work() : task.within(work);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const pathname = pathOf(request);
    const caller = await this.#callerOf(request);
    const refusal =
      pathname === CONTROL_PATH
        ? 'refusal' in caller && caller.refusal
        : ({ code: 'no_such_path', message: `workers dial ${CONTROL_PATH}` } as const);
    if (refusal !== false) return refuseUpgrade(socket, refusal);
    if (!('participant' in caller)) return;
    if (this.#closed !== undefined) return void socket.destroy();
    const { participant, validUntil } = caller;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session: Session = new Session({
        socket: webSocket,
        participant,
        validUntil,
        heartbeatMs: this.#heartbeatMs,
        helloMs: this.#helloMs,
        logger: this.#logger,
        within: (work) => this.#within(participant, work),
        admit: (hello) => this.#admit(participant, hello),
        onHello: (joined, hello) => this.#joined(participant, joined, hello),
        onMessage: (message) => this.#received(participant, message),
        onMalformedResult: (task, reason) =>
          this.#received(participant, {
            type: 'result',
            task,
            outcome: { ok: false, code: 'bad_reply', message: `its answer is malformed: ${reason}` },
          }),
        onClose: (_session, leaves) => this.#left(participant, session, leaves),
      });
      this.#open.add(session);
    });
  }

  async #attempt(response: ServerResponse, transfer: () => Promise<void>): Promise<void> {
    try {
      await transfer();
    } catch (error) {
      this.#broken(error, response);
    }
  }

  #broken(error: unknown, response: ServerResponse): void {
    const answerable = !response.headersSent && !response.destroyed;
    if (answerable) {
      this.#logger.error({ err: error }, 'a transfer failed');
      return refuse(response, 'internal', 'the TTP could not handle this transfer; its log says why');
    }
    this.#logger.debug({ reason: messageOf(error) }, 'a transfer ended early');
    response.destroy();
  }

  #admit(participant: string, hello: Hello): Refusal | undefined {
    if (hello.participant !== participant)
      return {
        code: 'wrong_participant',
        message: `the hello is of '${hello.participant}', the credentials are of '${participant}'`,
      };
    // Only a new worker takes over from a live one; the one replaced must not take over again, and so on for ever.
    const live = this.#sessions.get(participant);
    if (live === undefined || hello.session === undefined || hello.session === live.id) return undefined;
    return { code: 'replaced', message: 'another worker connected with the same id; only one may run' };
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

  #left(participant: string, session: Session, leaves: boolean): void {
    this.#open.delete(session);
    if (this.#sessions.get(participant) !== session) return;
    this.#sessions.delete(participant);
    this.#presence.left(participant, leaves);
    this.#logger.info({ participant }, 'worker disconnected');
  }

  #received(participant: string, message: Exclude<WorkerMessage, Hello>): void {
    const task = this.#tasks.get(message.task);
    const known = task?.participant === participant ? task : undefined;
    if (message.type === 'progress') return known?.within(() => known.options.onProgress?.(message.data));
    // Also for a task that is over: its acknowledgement may have been lost.
    this.#sessions.get(participant)?.send({ type: 'taken', task: message.task });
    if (known === undefined) this.#presence.answered(participant);
    const { outcome } = message;
    if (outcome.ok) known?.complete(outcome.payload);
    else known?.fail(new WorkerFailed(foreignCode(outcome.code), shorten(outcome.message)));
  }
}

const CLOSE_ANSWER_MS = 500;

function closedError(): DataPlaneError {
  return new DataPlaneError('closed', 'the data plane is closed');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function refuseUpgrade(socket: Duplex, { code, message }: Refusal): void {
  const body = JSON.stringify({ code, message });
  socket.end(
    `HTTP/1.1 ${failureKinds[code].status} Refused\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
