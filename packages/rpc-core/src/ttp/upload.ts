import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { beginDigest, digestIn, sameDigest, type Digest, type RunningDigest } from '../protocol/digest.js';
import { CRC32_HEADER, OFFSET_HEADER, SHA256_HEADER } from '../protocol/paths.js';
import { RequestRefused } from './http-answers.js';
import { pour, TransferBroken } from './pour.js';
import type { Task, TensorsSink } from './task.js';

/** The announcement in the headers of an upload request. */
export interface Announcement {
  /** Position of the first byte of this request within the upload. */
  readonly offset: number;
  /** Size of the whole upload. */
  readonly sizeBytes: number;
  /** Digest of the whole upload. */
  readonly digest: Digest;
}

/** Reads the headers of an upload request. Throws `RequestRefused` if one is missing or out of its bounds. */
export function announcementIn(headers: IncomingHttpHeaders, mostBytes: number): Announcement {
  const lengthBytes = Number(headers['content-length']);
  const offset = Number(headers[OFFSET_HEADER] ?? 0);
  const sizeBytes = offset + lengthBytes;
  const digest = digestIn(headers);
  if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 0)
    throw new RequestRefused('length_required', 'an upload needs a content-length');
  if (!Number.isSafeInteger(sizeBytes) || offset < 0)
    throw new RequestRefused('bad_offset', `${OFFSET_HEADER}: expected a number of bytes`);
  if (digest === undefined)
    throw new RequestRefused(
      'digest_required',
      `an upload needs its SHA-256 in ${SHA256_HEADER} or its CRC-32 in ${CRC32_HEADER}`,
    );
  if (sizeBytes > mostBytes)
    throw new RequestRefused('too_large', `${sizeBytes} bytes; the limit is ${mostBytes}`);
  return { offset, sizeBytes, digest };
}

/** An upload over one or several requests: its sink and its running digest have the bytes received so far. */
export class Upload {
  readonly task: Task;
  readonly sink: TensorsSink;
  readonly announced: Pick<Announcement, 'sizeBytes' | 'digest'>;
  /** Undefined if the sink computes the digest. */
  readonly #running: RunningDigest | undefined;
  #receivedBytes = 0;

  constructor(task: Task, sink: TensorsSink, announced: Pick<Announcement, 'sizeBytes' | 'digest'>) {
    this.task = task;
    this.sink = sink;
    this.announced = announced;
    this.#running = sink.digest === undefined ? beginDigest(announced.digest.algorithm) : undefined;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Whether a request continues this upload at its next byte. */
  isContinuedBy({ offset, sizeBytes, digest }: Announcement): boolean {
    return (
      offset === this.#receivedBytes &&
      sizeBytes === this.announced.sizeBytes &&
      sameDigest(this.announced.digest, digest)
    );
  }

  /**
   * Streams a request's body into the sink. `onWritten` is called with the size of each chunk that the sink has taken.
   * Rejects with `TransferBroken` if the upload is not complete at the end, or with the sink's error.
   */
  async receive(
    request: IncomingMessage,
    { stallMs, onWritten }: { readonly stallMs: number; readonly onWritten: (sizeBytes: number) => void },
  ): Promise<void> {
    request.setTimeout(stallMs, () => request.destroy(new Error('no progress')));
    const count = ({ length }: Buffer) => {
      this.#receivedBytes += length;
      onWritten(length);
    };
    await pour(request, (chunk) => {
      this.#running?.update(chunk);
      const writing = this.sink.write(chunk);
      if (writing instanceof Promise) return writing.then(() => count(chunk));
      count(chunk);
      return undefined;
    });
    request.setTimeout(0);
    const { sizeBytes } = this.announced;
    if (this.#receivedBytes !== sizeBytes)
      throw new TransferBroken(`received ${this.#receivedBytes} of ${sizeBytes} bytes`);
  }

  /** Compares the digest of all bytes received with the announced one. Called once, after the last byte. */
  async isIntact(): Promise<boolean> {
    return sameDigest(this.#running?.finish() ?? (await this.sink.digest?.()), this.announced.digest);
  }
}
