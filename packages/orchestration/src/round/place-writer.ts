import { constants, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { whenDescriptorsAllow } from '@synergos/contract';
// The rest of the package is not for the threads that only take uploads.
import { nonFiniteIn } from '@synergos/fed-algorithms/non-finite';
import { UnfitUpdate } from '../errors.js';
import { BLOCK_VALUES } from './blocks.js';
import { copyBytes } from './copy-bytes.js';
import { Gathering } from './gathering.js';
import { BYTES_PER_VALUE, type Place } from './place.js';

/** So many of a file's blocks may be on their way to it. */
const MOST_BLOCKS = 4;
/** Whole values, so many at once, are written from where they are. */
const LEAST_DIRECT_BYTES = 1 << 18;

/** Brings an update's values to its place. Bytes come in order. */
export interface PlaceWriter {
  /** A promise only where there is something to wait for: a gigabyte comes in many thousand pieces. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** After the last write, before the first read. */
  flush(): Promise<void>;
  /** Takes nothing more; resolves when nothing is on its way to the place. */
  retire(): Promise<void>;
  /** The first value that is not finite, of those written. */
  readonly oddAt: OddValue | undefined;
}

export interface OddValue {
  readonly index: number;
  readonly value: number;
}

/** `size`: number of float32 values. `isApart`: see `uploadWriter`. */
export function writerTo(place: Place, size: number, isApart: boolean): PlaceWriter {
  return place.kind === 'memory'
    ? new MemoryWriter(place.buffer, size)
    : new FileWriter(place.path, size, isApart);
}

class MemoryWriter implements PlaceWriter {
  oddAt: OddValue | undefined;
  readonly #values: Float32Array;
  readonly #bytes: Buffer;
  #written = 0;
  #checked = 0;

  constructor(buffer: SharedArrayBuffer, size: number) {
    this.#values = new Float32Array(buffer, 0, size);
    this.#bytes = Buffer.from(buffer, 0, size * BYTES_PER_VALUE);
  }

  write(bytes: Uint8Array): undefined {
    copyBytes(this.#bytes, bytes, this.#written);
    this.#written += bytes.length;
    const whole = Math.floor(this.#written / BYTES_PER_VALUE);
    this.oddAt ??= findOdd(this.#values.subarray(this.#checked, whole), this.#checked);
    this.#checked = whole;
  }

  async flush(): Promise<void> {
    // All is where it belongs already.
  }

  async retire(): Promise<void> {
    // Nothing is ever on its way.
  }
}

/** Writes whole blocks of values, in order. */
class FileWriter implements PlaceWriter {
  oddAt: OddValue | undefined;
  readonly #path: string;
  readonly #isApart: boolean;
  readonly #blocks: Gathering;
  #file: FileHandle | undefined;
  #last: Promise<void> = Promise.resolve();
  #positionBytes = 0;
  #isRetired = false;

  constructor(path: string, size: number, isApart: boolean) {
    this.#path = path;
    this.#isApart = isApart;
    const blockBytes = Math.min(BLOCK_VALUES, size) * BYTES_PER_VALUE;
    this.#blocks = new Gathering({
      makeBlock: () => Buffer.from(new ArrayBuffer(blockBytes)),
      mostBlocks: MOST_BLOCKS,
      handOver: (bytes) => this.#handOver(bytes),
    });
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    const isBlock = bytes.length >= LEAST_DIRECT_BYTES && bytes.length % BYTES_PER_VALUE === 0;
    return isBlock && bytes.byteOffset % BYTES_PER_VALUE === 0 && this.#blocks.isEmpty
      ? this.#handOver(bytes)
      : this.#blocks.write(bytes);
  }

  async flush(): Promise<void> {
    await this.#blocks.flush();
    await this.#end();
  }

  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#last.catch(() => undefined);
    await this.#end();
  }

  #handOver(bytes: Uint8Array): Promise<void> {
    if (this.#isRetired) throw new UnfitUpdate('too_late', 'this update was given up');
    const positionBytes = this.#positionBytes;
    const length = Math.floor(bytes.length / BYTES_PER_VALUE);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, length);
    this.oddAt ??= findOdd(values, positionBytes / BYTES_PER_VALUE);
    this.#positionBytes += bytes.length;
    return (this.#last = this.#last.then(() => this.#writeOut(bytes, positionBytes)));
  }

  async #writeOut(bytes: Uint8Array, position: number): Promise<void> {
    // Not truncated where it served before: the pages that it has are written over.
    this.#file ??= await whenDescriptorsAllow(() => open(this.#path, constants.O_WRONLY | constants.O_CREAT));
    for (let done = 0; done < bytes.length;) {
      const [length, at] = [bytes.length - done, position + done];
      done += this.#isApart
        ? writeSync(this.#file.fd, bytes, done, length, at)
        : (await this.#file.write(bytes, done, length, at)).bytesWritten;
    }
  }

  /** One that is written holds neither memory nor a file descriptor. */
  async #end(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#blocks.clear();
    await file?.close();
  }
}

function findOdd(values: Float32Array, start: number): OddValue | undefined {
  const index = nonFiniteIn(values);
  return index < 0 ? undefined : { index: start + index, value: values[index] ?? Number.NaN };
}
