import { setTimeout as delay } from 'node:timers/promises';
import { foreignCode, type Logger, messageOf, silentLogger } from '@synergos/contract';
import { WebSocket } from 'ws';
import { closeCodes, HEARTBEATS_MISSED } from '../protocol/connection.js';
import { chooseDigest } from '../protocol/digest.js';
import { ConnectionRefused, type MalformedMessage } from '../protocol/errors.js';
import {
  MOST_FRAME_BYTES,
  parseMessage,
  serializeMessage,
  ttpMessageSchema,
  type TtpMessage,
  type WorkerMessage,
} from '../protocol/messages.js';
import { CONTROL_PATH, PARTICIPANT_HEADER, urlBelow } from '../protocol/paths.js';
import { PROTOCOL, type ProtocolVersion } from '../protocol/version.js';
import { agentFor, proxyFor } from './proxy.js';
import { backoffMs, type Backoff } from './reconnect.js';
import { RunningTasks, type AroundTask, type TaskHandler } from './running-tasks.js';
import { Transfers } from './transfers.js';

export interface WorkerClientOptions {
  /**
   * The TTP's data port: `http(s)://host:port`, with a path where a proxy in front of it has one. The environment's
   * `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say how to get there.
   */
  readonly url: string;
  readonly participant: string;
  readonly token?: string;
  /** By kind of task. */
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  readonly around?: AroundTask;
  /** Name and version of the worker's software. */
  readonly software: string;
  readonly capabilities?: readonly string[];
  readonly hardware?: Readonly<Record<string, string | number>>;
  readonly logger?: Logger;
  /** PEM of the authority that signed the TTP's certificate. */
  readonly ca?: string | Buffer;
  readonly backoff?: Partial<Backoff>;
  /** Default 60 s. */
  readonly stallMs?: number;
  /** Default: the one this package speaks. */
  readonly protocol?: ProtocolVersion;
  readonly onState?: (state: ConnectionState) => void;
}

export type ConnectionState =
  | { readonly state: 'connecting' | 'connected' | 'disconnected' }
  | { readonly state: 'refused'; readonly code: string; readonly message: string };

const CONNECT_TIMEOUT_MS = 15_000;
/** A refusal will not change in a second; a person has to act. */
const REFUSED_FIRST_MS = 5_000;
const CLOSE_ANSWER_MS = 1_000;

/** The worker's end of the data plane: dials the TTP for ever, does its tasks, and keeps their results until taken. */
export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #logger: Logger;
  readonly #transfers: Transfers;
  readonly #tasks: RunningTasks;
  readonly #ending = new AbortController();
  readonly #headers: Readonly<Record<string, string>>;
  readonly #base: URL;
  readonly #proxy: URL | undefined;
  #socket: WebSocket | undefined;
  #session: string | undefined;
  #work: Promise<void> | undefined;
  #lastRefusal = '';

  constructor(options: WorkerClientOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#headers = {
      [PARTICIPANT_HEADER]: encodeURIComponent(options.participant),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    };
    this.#base = new URL(options.url.replace(/^ws/, 'http'));
    this.#proxy = proxyFor(this.#base);
    this.#transfers = new Transfers({
      base: this.#base,
      headers: this.#headers,
      stallMs: options.stallMs ?? 60_000,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    this.#tasks = new RunningTasks({
      around: options.around ?? ((_task, work) => work()),
      handlers: options.handlers,
      transfers: this.#transfers,
      logger: this.#logger,
      backoff: this.#backoff,
      send: (message) => this.#send(message),
    });
  }

  start(): void {
    this.#work ??= this.#dialForEver();
  }

  /** Ends the connection and all tasks. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#tasks.cancelAll();
    const socket = this.#socket;
    socket?.close(closeCodes.leaving, 'the worker stops');
    // A TTP that does not answer the close would hold the worker.
    const cut = setTimeout(() => socket?.terminate(), CLOSE_ANSWER_MS);
    await this.#work;
    clearTimeout(cut);
    this.#transfers.close();
  }

  get #backoff(): Backoff {
    return { firstMs: 200, longestMs: 30_000, random: Math.random, ...this.#options.backoff };
  }

  async #dialForEver(): Promise<void> {
    const { signal } = this.#ending;
    for (let attempt = 0; !signal.aborted; attempt++) {
      let refused = false;
      this.#tell({ state: 'connecting' });
      try {
        await this.#connection(() => (attempt = 0));
        if (!signal.aborted) this.#logger.info({}, 'connection to the TTP closed; dialling again');
        this.#tell({ state: 'disconnected' });
      } catch (error) {
        refused = error instanceof ConnectionRefused;
        if (refused) this.#refused(error as ConnectionRefused);
        else this.#logger.debug({ reason: messageOf(error) }, 'could not connect');
        if (attempt === 0 && !refused)
          this.#logger.warn(
            { url: this.#options.url, reason: messageOf(error) },
            `TTP not reached; trying on${tlsRemedy(error)}`,
          );
      }
      const backoff = refused ? { ...this.#backoff, firstMs: REFUSED_FIRST_MS } : this.#backoff;
      await delay(backoffMs(attempt, backoff), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection: resolves when it has closed, rejects if it never came about or was refused. */
  #connection(onWelcome: () => void): Promise<void> {
    const { ca } = this.#options;
    const url = urlBelow(this.#base, CONTROL_PATH);
    // One connection of its own: an agent of the transfers would keep it for their use.
    const agent = this.#proxy && agentFor(this.#base, ca);
    const socket = new WebSocket(url.href.replace(/^http/, 'ws'), {
      headers: this.#headers,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      maxPayload: MOST_FRAME_BYTES,
      perMessageDeflate: false,
      ...(ca === undefined ? {} : { ca }),
      ...(agent === undefined ? {} : { agent }),
    });
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      let silence: NodeJS.Timeout | undefined;
      let failure: Error | undefined;
      let silentAfterMs = CONNECT_TIMEOUT_MS;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => socket.terminate(), silentAfterMs);
      };
      socket.on('open', () => {
        heard();
        socket.send(JSON.stringify(this.#hello()));
      });
      socket.on('ping', heard);
      socket.on('message', (data) => {
        heard();
        let message: TtpMessage;
        try {
          message = parseMessage(ttpMessageSchema, data as Buffer);
        } catch (error) {
          const { task, type, message: why } = error as MalformedMessage;
          this.#logger.error({ task, reason: why }, 'the TTP sent a malformed control message');
          if (type === 'task' && task !== undefined) return this.#tasks.refuse(task, why);
          socket.close(closeCodes.malformed, 'malformed control message');
          return;
        }
        if (message.type === 'refused') {
          failure = new ConnectionRefused(foreignCode(message.code), message.message);
          return socket.close();
        }
        if (message.type === 'welcome') {
          onWelcome();
          silentAfterMs = message.heartbeatMs * HEARTBEATS_MISSED;
          heard();
          this.#welcomed(message.session, message.capabilities);
          return;
        }
        this.#tasks.receive(message);
      });
      socket.on('unexpected-response', (request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          reject(refusal(response.statusCode ?? 0, body, this.#proxy));
          request.destroy();
        });
      });
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        clearTimeout(silence);
        if (failure !== undefined) reject(failure);
        else if (code === closeCodes.replaced)
          reject(
            new ConnectionRefused('replaced', 'another worker connected with the same id; only one may run'),
          );
        else if (silentAfterMs === CONNECT_TIMEOUT_MS && reason.length > 0)
          reject(new Error(reason.toString()));
        else resolve();
      });
    });
  }

  #hello(): WorkerMessage {
    const { participant, software, capabilities = [], hardware = {}, protocol = PROTOCOL } = this.#options;
    return {
      type: 'hello',
      protocol,
      participant,
      software,
      capabilities: [...capabilities],
      hardware: { ...hardware },
      tasks: this.#tasks.ids(),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    };
  }

  #welcomed(session: string, capabilities: readonly string[]): void {
    if (this.#session !== undefined) this.#transfers.interrupt();
    this.#transfers.digest = chooseDigest(capabilities);
    this.#session = session;
    this.#lastRefusal = '';
    this.#logger.info(
      { url: this.#options.url, ...(this.#proxy && { proxy: this.#proxy.host }) },
      'connected to the TTP',
    );
    this.#tell({ state: 'connected' });
    this.#tasks.sendOutcomes();
  }

  #send(message: WorkerMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(serializeMessage(message));
  }

  #refused({ code, message }: ConnectionRefused): void {
    this.#tell({ state: 'refused', code, message });
    if (message === this.#lastRefusal) return;
    this.#lastRefusal = message;
    this.#logger.error(
      { code, url: this.#options.url },
      `the TTP refuses this worker: ${message}${remedy(code)}`,
    );
  }

  #tell(state: ConnectionState): void {
    if (!this.#ending.signal.aborted) this.#options.onState?.(state);
  }
}

function refusal(status: number, body: string, proxy: URL | undefined): Error {
  try {
    const { code, message } = JSON.parse(body) as { code?: string; message: string };
    // The REST port answers too, in its own words.
    if (code === undefined)
      return new Error(
        `HTTP ${status}, not from a data port; give --ttp the TTP's --data-port, by default 8020`,
      );
    return new ConnectionRefused(foreignCode(code), message);
  } catch (error) {
    const who = proxy === undefined ? 'the TTP' : `the TTP or the proxy ${proxy.host}`;
    return new Error(`${who} answered with HTTP ${status}`, { cause: error });
  }
}

const CERTIFICATE = /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/;

/** Nothing was sent: a TTP whose certificate is not trusted may be anyone. */
function tlsRemedy(error: unknown): string {
  if (messageOf(error).includes('wrong version number'))
    return '. That port does not speak TLS: give --ttp with http://, or the TTP a certificate';
  return error instanceof Error && 'code' in error && CERTIFICATE.test(String(error.code))
    ? '. Its certificate is not trusted: check --ttp, and give the PEM of who signed it with --tls-ca'
    : '';
}

function remedy(code: string): string {
  if (code === 'wrong_token')
    return '. Check --id and --token; a new one is made by POST /ttp/connect/participants/<id>/token';
  if (code === 'expired_token')
    return '. A new one is made by POST /ttp/connect/participants/<id>/token; start the worker with it';
  if (code === 'unknown_participant') return '. Check --id, and register the participant at the TTP';
  if (code === 'replaced') return '. Stop one of them, or give it another --id';
  return '';
}
