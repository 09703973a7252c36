import { environmentFetch } from './proxy.js';
import { SynergosError, type FieldError } from './errors.js';

export interface ConnectionOptions {
  /** Name or address of the TTP; `user:TOKEN@host` is allowed. @defaultValue `127.0.0.1` */
  readonly host?: string;
  /** @defaultValue 5000 */
  readonly port?: number;
  /** Replaces host and port: `https://ttp.example:5000`, with the path before `/ttp` if there is one. */
  readonly url?: string;
  /** Admin token of the TTP. */
  readonly token?: string;
  /** @defaultValue the platform's `fetch`, through the proxy of `HTTPS_PROXY` or `HTTP_PROXY` if one is set */
  readonly fetch?: typeof fetch;
  /** Longest wait for an answer. Jobs are followed by their events and may take longer. @defaultValue 60,000 */
  readonly timeoutMs?: number;
  /** Called with the names of fields that the TTP accepted but that have no effect, such as a misspelt argument. */
  readonly onIgnored?: (names: readonly string[]) => void;
  /** Called with notes about values that the TTP changed. */
  readonly onNotes?: (notes: readonly string[]) => void;
}

export interface Call {
  readonly method?: 'DELETE' | 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of the TTP: its data and metadata. */
export interface Envelope {
  readonly status: number;
  readonly data: unknown;
  readonly jobs?: readonly string[];
  readonly ignored?: readonly string[];
  readonly notes?: readonly string[];
  /** Start of the next page of a list; null on the last page. */
  readonly next?: string | null;
}

/** Calls the REST API of a TTP. An answer that is no success rejects with `SynergosError`. */
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

  /** Streams a file to the TTP, without a deadline other than the signal. */
  async upload(
    path: string,
    body: ReadableStream<Uint8Array>,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Envelope> {
    const response = await this.#fetchAnswer(path, { method: 'POST', headers, signal }, body);
    return (await this.#read(response, signal)) as Envelope;
  }

  /** Downloads a file, without a deadline other than the signal: it may be large. */
  async download(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    const response = await this.send(path, { signal });
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Resolves with a successful response once its head has arrived. */
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
      // A streamed body needs `duplex`.
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
      // Reported below, with the text that came instead of JSON.
    }
    const message = `the server at ${this.#base} is not a TTP: HTTP status ${response.status}, ${JSON.stringify(text.slice(0, 80))}`;
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
