import { environmentFetch } from './proxy.js';
import { SynergosError, type FieldError } from './errors.js';

export interface ConnectionOptions {
  /** Name or address of the TTP, `user:TOKEN@host` too; default `127.0.0.1`. */
  readonly host?: string;
  /** Default 5000. */
  readonly port?: number;
  /** In place of host and port: `https://ttp.example:5000`, a path before `/ttp` included. */
  readonly url?: string;
  /** The TTP's admin token. */
  readonly token?: string;
  /** Default: the platform's, or through the proxy that `HTTPS_PROXY` or `HTTP_PROXY` names. */
  readonly fetch?: typeof fetch;
  /** Longest wait for an answer; default 60 s. Work is followed by its events, so it may take longer than this. */
  readonly timeoutMs?: number;
  /** Called with fields that the TTP took but that have no effect, such as a misspelt argument of a run. */
  readonly onIgnored?: (names: readonly string[]) => void;
  /** Called with what the TTP took otherwise than it was asked for. */
  readonly onNotes?: (notes: readonly string[]) => void;
}

export interface Call {
  readonly method?: 'DELETE' | 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** What the TTP answers around its data. */
export interface Envelope {
  readonly status: number;
  readonly data: unknown;
  readonly jobs?: readonly string[];
  readonly ignored?: readonly string[];
  readonly notes?: readonly string[];
  /** Of a list in pages: where the next one begins. */
  readonly next?: string | null;
}

/** Calls of the REST API; everything that is not a success is a `SynergosError`. */
export class Connection {
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #onIgnored: ConnectionOptions['onIgnored'];
  readonly #onNotes: ConnectionOptions['onNotes'];

  constructor(options: ConnectionOptions = {}) {
    const { host = '127.0.0.1', port = 5000, url = `http://${host}:${port}`, timeoutMs = 60_000 } = options;
    const base = new URL(url);
    this.#token = options.token ?? (base.password === '' ? undefined : decodeURIComponent(base.password));
    this.#base = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
    this.#fetch = options.fetch ?? environmentFetch(base);
    this.#timeoutMs = timeoutMs;
    this.#onIgnored = options.onIgnored;
    this.#onNotes = options.onNotes;
  }

  async call(path: string, call: Call = {}): Promise<Envelope> {
    try {
      const signal = this.#deadline(call.signal);
      const response = await this.send(path, { ...call, signal });
      const envelope = (await this.#read(response, signal)) as Envelope;
      if (envelope.ignored !== undefined && envelope.ignored.length > 0) this.#onIgnored?.(envelope.ignored);
      if (envelope.notes !== undefined && envelope.notes.length > 0) this.#onNotes?.(envelope.notes);
      return envelope;
    } catch (error) {
      call.signal?.throwIfAborted();
      throw error;
    }
  }

  /** Sends a file as it comes; no deadline but the signal. */
  async upload(
    path: string,
    body: ReadableStream<Uint8Array>,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Envelope> {
    const response = await this.#fetchAnswer(path, { method: 'POST', headers, signal }, body);
    return (await this.#read(response, signal)) as Envelope;
  }

  /** The file's bytes; no deadline but the signal, for it may be large. */
  async download(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    const response = await this.send(path, { signal });
    return new Uint8Array(await response.arrayBuffer());
  }

  /** The answer, once its head is there and tells of success. */
  send(path: string, call: Call): Promise<Response> {
    const { body, headers } = call;
    if (body === undefined) return this.#fetchAnswer(path, call);
    const json = { ...call, headers: { 'content-type': 'application/json', ...headers } };
    return this.#fetchAnswer(path, json, JSON.stringify(body));
  }

  async #fetchAnswer(
    path: string,
    { method = 'GET', headers = {}, signal }: Omit<Call, 'body'>,
    body?: string | ReadableStream<Uint8Array>,
  ): Promise<Response> {
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: {
        accept: 'application/json',
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...headers,
      },
      // A streamed body asks for `duplex`.
      ...(body === undefined ? {} : { body, duplex: 'half' }),
      ...(signal === undefined ? {} : { signal }),
    };
    let response: Response;
    try {
      response = await this.#fetch(this.#base + path, init);
    } catch (error) {
      throw this.#unreachable(error, signal);
    }
    if (response.ok) return response;
    const answer = (await this.#read(response, signal)) as {
      message?: string;
      errors?: readonly FieldError[];
    };
    const { status } = response;
    const message = answer.message ?? `${method} ${path} was answered with HTTP status ${status}`;
    throw new SynergosError(message, { status, code: `http_${status}`, errors: answer.errors ?? [] });
  }

  #deadline(signal: AbortSignal | undefined): AbortSignal {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  }

  async #read(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.#unreachable(error, signal);
    }
    try {
      const answer: unknown = JSON.parse(text);
      if (typeof answer === 'object' && answer !== null) return answer;
    } catch {
      // Told below, with what came instead of JSON.
    }
    const message = `what answers at ${this.#base} is not a TTP: HTTP status ${response.status}, ${JSON.stringify(text.slice(0, 80))}`;
    throw new SynergosError(message, { status: response.status, code: 'invalid_answer' });
  }

  #unreachable(error: unknown, signal: AbortSignal | undefined): unknown {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    if (signal?.aborted === true && !timedOut) return signal.reason;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = timedOut
      ? `no answer within ${this.#timeoutMs / 1000} s`
      : cause instanceof Error
        ? cause.message || cause.name
        : String(cause);
    const message = `the TTP at ${this.#base} cannot be reached: ${why}`;
    return new SynergosError(message, { status: 0, code: 'unreachable', cause: error });
  }
}
