import { createHash, type Hash } from 'node:crypto';
import {
  type Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest, type Agent as HttpsAgent } from 'node:https';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { foreignCode } from '@synergos/contract';
import {
  beginDigest,
  digestHeaders,
  digestIn,
  sameDigest,
  type Digest,
  type DigestAlgorithm,
} from '../protocol/digest.js';
import { DataPlaneError, TransferRefused } from '../protocol/errors.js';
import type { TensorsRef } from '../protocol/messages.js';
import { COMPLETE, OFFSET_HEADER, TENSORS_PATH, uploadPath, urlBelow } from '../protocol/paths.js';
import { agentFor } from './proxy.js';

const PIECE_BYTES = 1 << 20;
/** From this size, a worker asks for the offset first: its predecessor may have begun the upload before a restart. */
const WORTH_ASKING_BYTES = 1 << 20;

export interface TransferOptions {
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: string | Buffer;
  /** A transfer without progress for this time is interrupted. */
  readonly stallMs: number;
}

/** A worker's HTTP transfers: tensors pulled and pushed. Each call is one attempt. */
export class Transfers {
  /** By which uploads are checked: what the TTP that is connected can do. */
  digest: DigestAlgorithm = 'sha256';
  readonly #options: TransferOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  /** Interrupted downloads by digest: the next attempt resumes them. */
  readonly #begun = new Map<string, Begun>();
  readonly #requests = new Set<ClientRequest>();
  /** Uploads that were begun here and not completed. */
  readonly #brokenOff = new Set<string>();

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#agent = agentFor(options.base, options.ca);
  }

  close(): void {
    this.#agent.destroy();
    this.#begun.clear();
    this.#brokenOff.clear();
  }

  /** Interrupts the transfers of a dead connection: they are resumed on another one. */
  interrupt(): void {
    for (const request of this.#requests)
      request.destroy(new DataPlaneError('stalled', 'the connection to the TTP was lost'));
    // Connections that wait for their next use lie on the same line.
    this.#agent.destroy();
  }

  /** Downloads and verifies tensors. After an interruption, the next attempt requests only the rest. */
  async download({ sha256, sizeBytes }: TensorsRef, signal: AbortSignal): Promise<Uint8Array> {
    const begun = this.#begun.get(sha256) ?? begin(sizeBytes);
    // Taken out: of two downloads at once each fills its own bytes.
    this.#begun.delete(sha256);
    try {
      if (begun.at < sizeBytes || sizeBytes === 0) await this.#fill(begun, sha256, signal);
    } catch (error) {
      const goesOn = !signal.aborted && !(error instanceof DataPlaneError && error.code !== 'stalled');
      if (goesOn) this.#begun.set(sha256, begun);
      throw error;
    }
    if (begun.hash.digest('hex') !== sha256)
      throw new DataPlaneError('digest_mismatch', `tensors ${sha256} came damaged`);
    return begun.bytes;
  }

  async #fill(begun: Begun, sha256: string, signal: AbortSignal): Promise<void> {
    const headers = begun.at > 0 ? { range: `bytes=${begun.at}-` } : {};
    const request = this.#open(TENSORS_PATH + sha256, { method: 'GET', headers }, signal);
    request.end();
    const response = await answer(request);
    if (response.statusCode !== (begun.at > 0 ? 206 : 200)) throw await refusalOf(response);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (begun.at + chunk.length > begun.bytes.length)
        throw new DataPlaneError('wrong_length', `more than ${begun.bytes.length} bytes came`);
      begun.bytes.set(chunk, begun.at);
      begun.hash.update(chunk);
      begun.at += chunk.length;
    }
    if (begun.at < begun.bytes.length)
      throw new DataPlaneError('wrong_length', `${begun.at} of ${begun.bytes.length} bytes came`);
  }

  /**
   * Sends the bytes that the TTP does not have yet: an interrupted upload is resumed.
   * Rejects with a `TransferRefused` if the TTP will not have these tensors at all.
   */
  async upload(task: string, name: string, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const path = uploadPath(task, name);
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const digest = await digestOf(parts, this.digest);
    const mayHaveBegun = this.#brokenOff.has(path) || sizeBytes >= WORTH_ASKING_BYTES;
    const offset = mayHaveBegun ? await this.#offsetOf(path, digest, signal) : 0;
    if (offset === COMPLETE) return;
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': sizeBytes - offset,
      ...digestHeaders(digest),
      ...(offset > 0 ? { [OFFSET_HEADER]: offset } : {}),
    };
    this.#brokenOff.add(path);
    const request = this.#open(path, { method: 'PUT', headers }, signal);
    let early = false;
    const answered = answer(request).finally(() => (early = true));
    // Seen below; an early refusal must not count as unhandled while the body is still being written.
    answered.catch(() => undefined);
    for (const piece of piecesFrom(parts, offset)) {
      if (early) break;
      if (!request.write(piece)) await Promise.race([once(request, 'drain'), answered]);
    }
    // The rest of the body of an upload that is answered already is not worth sending.
    if (!early) request.end();
    const response = await answered;
    try {
      if (response.statusCode !== 200) throw await refusalOf(response);
      response.resume();
      this.#brokenOff.delete(path);
    } finally {
      if (!request.writableEnded) request.destroy();
    }
  }

  /** The number of bytes of these tensors that the TTP has; 0 if the TTP does not report it. */
  async #offsetOf(path: string, digest: Digest, signal: AbortSignal): Promise<number | typeof COMPLETE> {
    const request = this.#open(path, { method: 'HEAD' }, signal);
    request.end();
    const response = await answer(request);
    response.resume();
    if (response.statusCode !== 200 || !sameDigest(digestIn(response.headers), digest)) return 0;
    const offset = response.headers[OFFSET_HEADER];
    return offset === COMPLETE ? COMPLETE : Number(offset ?? 0);
  }

  #open(path: string, options: RequestOptions & { headers?: object }, signal: AbortSignal): ClientRequest {
    const { base, headers, stallMs, ca } = this.#options;
    const open = base.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(urlBelow(base, path), {
      ...options,
      agent: this.#agent,
      // A tunnel's agent takes it from the request only.
      ...(ca === undefined ? {} : { ca }),
      signal,
      // Of the whole way, from the dialling on.
      timeout: stallMs,
      headers: { ...headers, ...options.headers },
    });
    request.on('timeout', () =>
      request.destroy(new DataPlaneError('stalled', `no progress for ${stallMs} ms`)),
    );
    this.#requests.add(request);
    request.on('close', () => this.#requests.delete(request));
    return request;
  }
}

interface Begun {
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  at: number;
}

function* piecesFrom(parts: readonly Uint8Array[], offset: number): Generator<Uint8Array> {
  let skip = offset;
  for (const part of parts) {
    for (let at = Math.min(skip, part.length); at < part.length; at += PIECE_BYTES)
      yield part.subarray(at, at + PIECE_BYTES);
    skip -= Math.min(skip, part.length);
  }
}

/** Other work runs in between: heartbeats do not wait for a digest. */
async function digestOf(parts: readonly Uint8Array[], algorithm: DigestAlgorithm): Promise<Digest> {
  const digest = beginDigest(algorithm);
  for (const piece of piecesFrom(parts, 0)) {
    digest.update(piece);
    if (piece.length === PIECE_BYTES) await setImmediate();
  }
  return digest.finish();
}

function begin(sizeBytes: number): Begun {
  try {
    // Shared, so that another thread can use them without a copy.
    const bytes = new Uint8Array(new SharedArrayBuffer(sizeBytes));
    return { bytes, hash: createHash('sha256'), at: 0 };
  } catch (cause) {
    throw new TransferRefused('too_large', `tensors of ${sizeBytes} bytes do not fit into memory`, { cause });
  }
}

function answer(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
}

/** What the TTP says; final (a `TransferRefused`) unless sending the same again may help. */
async function refusalOf(response: IncomingMessage): Promise<Error> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  const status = response.statusCode ?? 0;
  const { code: sent = `http_${status}`, message = text } = parse(text);
  const code = foreignCode(sent);
  const again = status >= 500 || status === 429 || code === 'digest_mismatch' || code === 'wrong_offset';
  return again ? new DataPlaneError(code, message) : new TransferRefused(code, message);
}

function parse(text: string): { code?: string; message?: string } {
  try {
    return JSON.parse(text) as { code?: string; message?: string };
  } catch {
    return {};
  }
}
