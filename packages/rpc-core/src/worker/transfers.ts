import { createHash } from 'node:crypto';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import { ConnectionRefused, DataPlaneError } from '../protocol/errors.js';
import type { TensorsRef } from '../protocol/messages.js';
import { SHA256_HEADER, TENSORS_PATH, uploadPath } from '../protocol/paths.js';

const PIECE_BYTES = 1 << 20;

export interface TransferOptions {
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: string | Buffer;
  /** A transfer without progress for so long is given up. */
  readonly stallMs: number;
}

/** A worker's HTTP transfers: tensors pulled and pushed. Each call is one attempt. */
export class Transfers {
  readonly #options: TransferOptions;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(options: TransferOptions) {
    this.#options = options;
    const secure = options.base.protocol === 'https:';
    this.#agent = secure
      ? new HttpsAgent({ keepAlive: true, ca: options.ca })
      : new HttpAgent({ keepAlive: true });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The bytes, verified. */
  async download({ sha256, sizeBytes }: TensorsRef, signal: AbortSignal): Promise<Uint8Array> {
    const request = this.#open(TENSORS_PATH + sha256, { method: 'GET' }, signal);
    request.end();
    const response = await answer(request);
    if (response.statusCode !== 200) throw await refusalOf(response);
    const bytes = new Uint8Array(sizeBytes);
    const hash = createHash('sha256');
    let at = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (at + chunk.length > sizeBytes)
        throw new DataPlaneError('wrong_length', `more than ${sizeBytes} bytes came`);
      bytes.set(chunk, at);
      hash.update(chunk);
      at += chunk.length;
    }
    if (hash.digest('hex') !== sha256)
      throw new DataPlaneError('digest_mismatch', `tensors ${sha256} came damaged`);
    return bytes;
  }

  /** Rejects with a `ConnectionRefused` if the TTP will not have these tensors at all. */
  async upload(task: string, name: string, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': parts.reduce((sum, part) => sum + part.length, 0),
      [SHA256_HEADER]: hash.digest('hex'),
    };
    const request = this.#open(uploadPath(task, name), { method: 'PUT', headers }, signal);
    const answered = answer(request);
    // Seen below; an early refusal must not count as unhandled while the body is still being written.
    answered.catch(() => undefined);
    for (const part of parts)
      for (let at = 0; at < part.length && !request.destroyed; at += PIECE_BYTES)
        if (!request.write(part.subarray(at, at + PIECE_BYTES)))
          await Promise.race([once(request, 'drain'), answered]);
    request.end();
    const response = await answered;
    if (response.statusCode !== 200) throw await refusalOf(response);
    response.resume();
  }

  #open(path: string, options: RequestOptions & { headers?: object }, signal: AbortSignal): ClientRequest {
    const { base, headers, stallMs } = this.#options;
    const open = base.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(new URL(path, base), {
      ...options,
      agent: this.#agent,
      signal,
      headers: { ...headers, ...options.headers },
    });
    request.setTimeout(stallMs, () =>
      request.destroy(new DataPlaneError('stalled', `no progress for ${stallMs} ms`)),
    );
    return request;
  }
}

function answer(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
}

/** What the TTP says; final (a `ConnectionRefused`) unless sending the same again may help. */
async function refusalOf(response: IncomingMessage): Promise<Error> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  const status = response.statusCode ?? 0;
  const { code = `http_${status}`, message = text } = parse(text);
  const again = status >= 500 || code === 'digest_mismatch';
  return again ? new DataPlaneError(code, message) : new ConnectionRefused(code, message);
}

function parse(text: string): { code?: string; message?: string } {
  try {
    return JSON.parse(text) as { code?: string; message?: string };
  } catch {
    return {};
  }
}
