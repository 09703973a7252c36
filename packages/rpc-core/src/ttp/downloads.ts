import { createHash } from 'node:crypto';
import { access, open, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { whenDescriptorsAllow } from '@synergos/contract';
import type { TensorsRef } from '../protocol/messages.js';
import { refuse } from './http-answers.js';

/** A safetensors file to publish: in memory, in one or several parts, or a file; it stays unchanged while published. */
export type TensorsSource = Uint8Array | readonly Uint8Array[] | TensorsFile;

export interface TensorsFile {
  readonly path: string;
  /** Where it is known: the file is then not read to be published. */
  readonly ref?: TensorsRef;
}

interface Published {
  /** One source for each publication: the file of a withdrawn publication may be deleted while another exists. */
  readonly sources: TensorsSource[];
  readonly sizeBytes: number;
  holders: number;
}

/** Content-addressed, immutable tensors that workers download; an interrupted download can resume. */
export class Downloads {
  readonly #stallMs: number;
  readonly #onChunkDone: (sizeBytes: number) => void;
  readonly #published = new Map<string, Published>();
  #sentBytes = 0;

  /** A download without progress for `stallMs` is ended. `onChunkDone` is called with the size of each chunk that was sent. */
  constructor(options: { readonly stallMs: number; readonly onChunkDone: (sizeBytes: number) => void }) {
    this.#stallMs = options.stallMs;
    this.#onChunkDone = options.onChunkDone;
  }

  /** Since the start, over all workers. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  async publish(source: TensorsSource): Promise<TensorsRef> {
    const { sha256, sizeBytes } = await measure(source);
    const known = this.#published.get(sha256);
    if (known === undefined) this.#published.set(sha256, { sources: [source], sizeBytes, holders: 1 });
    else {
      known.holders++;
      known.sources.push(source);
    }
    return { sha256, sizeBytes };
  }

  /** Ends one publication; the content is dropped with its last one. */
  withdraw(sha256: string): void {
    const known = this.#published.get(sha256);
    if (known !== undefined && --known.holders === 0) this.#published.delete(sha256);
  }

  async serve(request: IncomingMessage, response: ServerResponse, sha256: string): Promise<void> {
    const known = this.#published.get(sha256);
    if (known === undefined) return refuse(response, 'unknown_tensors', `no tensors ${sha256} are published`);
    const { sizeBytes } = known;
    const source = await readable(known);
    const start = rangeStart(request.headers.range);
    if (start === undefined || (start >= sizeBytes && start > 0)) {
      response.setHeader('content-range', `bytes */${sizeBytes}`);
      return refuse(response, 'bad_range', `expected 'bytes=<start>-' below ${sizeBytes}`);
    }
    response.writeHead(start > 0 ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': sizeBytes - start,
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
      'cache-control': 'private, immutable, max-age=31536000',
      ...(start > 0 ? { 'content-range': `bytes ${start}-${sizeBytes - 1}/${sizeBytes}` } : {}),
    });
    if (request.method === 'HEAD') return void response.end();
    response.setTimeout(this.#stallMs, () => response.destroy(new Error('no progress')));
    if (sizeBytes - start <= PIECE_BYTES) return this.#serveAtOnce(response, { source, sizeBytes }, start);
    await pipeline(
      await read(source, start),
      async function* (this: Downloads, pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          yield piece;
          this.#sentBytes += piece.length;
          this.#onChunkDone(piece.length);
        }
      }.bind(this),
      response,
    );
  }

  /** What is small, without streams and their buffers. */
  async #serveAtOnce(
    response: ServerResponse,
    { source, sizeBytes }: { readonly source: TensorsSource; readonly sizeBytes: number },
    start: number,
  ): Promise<void> {
    const bytes =
      'path' in source
        ? await whenDescriptorsAllow(() => readFile(source.path))
        : Buffer.concat(partsOf(source));
    if (bytes.length !== sizeBytes)
      throw new Error(`${bytes.length} of ${sizeBytes} bytes are there of what was published`);
    response.end(bytes.subarray(start));
    await finished(response);
    this.#sentBytes += sizeBytes - start;
  }
}

/** A source of published tensors that is there, the newest first. */
async function readable({ sources }: Published): Promise<TensorsSource> {
  for (let at = sources.length - 1; at > 0; at--) {
    const source = sources[at]!;
    if (!('path' in source) || (await isThere(source.path))) return source;
    sources.splice(at, 1);
  }
  return sources[0]!;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Of `bytes=<start>-`; 0 without a range; undefined for any other kind of range. */
function rangeStart(header: string | undefined): number | undefined {
  if (header === undefined) return 0;
  const start = /^bytes=(\d+)-$/.exec(header)?.[1];
  return start === undefined ? undefined : Number(start);
}

const PIECE_BYTES = 1 << 20;

async function read(source: TensorsSource, start: number): Promise<Readable> {
  if ('path' in source) {
    const file = await whenDescriptorsAllow(() => open(source.path, 'r'));
    return file.createReadStream({ start, highWaterMark: PIECE_BYTES });
  }
  return Readable.from(pieces(source, start), { objectMode: false, highWaterMark: PIECE_BYTES });
}

async function* pieces(
  source: Uint8Array | readonly Uint8Array[],
  start: number,
): AsyncGenerator<Uint8Array> {
  let skip = start;
  for (const part of partsOf(source)) {
    for (let at = Math.min(skip, part.length); at < part.length; at += PIECE_BYTES) {
      yield part.subarray(at, at + PIECE_BYTES);
      // A reader that never waits, such as the hash, would otherwise block all others.
      await setImmediate();
    }
    skip -= Math.min(skip, part.length);
  }
}

function partsOf(source: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return source instanceof Uint8Array ? [source] : source;
}

async function measure(source: TensorsSource): Promise<TensorsRef> {
  if ('path' in source && source.ref !== undefined) return source.ref;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of await read(source, 0)) {
    hash.update(piece as Uint8Array);
    sizeBytes += (piece as Uint8Array).length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
