import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { UnfitUpdate } from '../errors.js';
import { BLOCK_VALUES, nonFiniteIn } from './blocks.js';
import { BYTES_PER_VALUE, type Place } from './place.js';

const EMPTY = new Float32Array(0);

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

/** `size`: number of float32 values. */
export function writerTo(place: Place, size: number): PlaceWriter {
  return place.kind === 'memory' ? new MemoryWriter(place.buffer, size) : new FileWriter(place.path, size);
}

class MemoryWriter implements PlaceWriter {
  oddAt: OddValue | undefined;
  readonly #values: Float32Array;
  readonly #bytes: Uint8Array;
  #written = 0;
  #checked = 0;

  constructor(buffer: SharedArrayBuffer, size: number) {
    this.#values = new Float32Array(buffer, 0, size);
    this.#bytes = new Uint8Array(buffer, 0, size * BYTES_PER_VALUE);
  }

  write(bytes: Uint8Array): undefined {
    this.#bytes.set(bytes, this.#written);
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

/**
 * Gathers what comes into blocks, for the chunks of a socket are small and not aligned to values. While one block is
 * being written, the next one is filled.
 */
class FileWriter implements PlaceWriter {
  oddAt: OddValue | undefined;
  readonly #size: number;
  readonly #path: string;
  #file: FileHandle | undefined;
  #filling = EMPTY;
  #spare = EMPTY;
  #filled = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();
  #isRetired = false;

  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#filling.length === 0) {
      const length = Math.min(BLOCK_VALUES, this.#size);
      [this.#filling, this.#spare] = [new Float32Array(length), new Float32Array(length)];
    }
    const room = this.#filling.byteLength - this.#filled;
    const part = bytes.subarray(0, room);
    new Uint8Array(this.#filling.buffer).set(part, this.#filled);
    this.#filled += part.length;
    if (part.length < room) return undefined;
    return this.#handOver().then(() => this.write(bytes.subarray(room)));
  }

  async flush(): Promise<void> {
    await this.#handOver();
    await this.#writing;
    await this.#end();
  }

  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#writing.catch(() => undefined);
    await this.#end();
  }

  /** Begins to write the block that is full, once the one before it is written. */
  async #handOver(): Promise<void> {
    await this.#writing;
    if (this.#isRetired) throw new UnfitUpdate('too_late', 'this update was given up');
    const bytes = new Uint8Array(this.#filling.buffer, 0, this.#filled);
    const values = this.#filling.subarray(0, this.#filled / BYTES_PER_VALUE);
    this.oddAt ??= findOdd(values, this.#written / BYTES_PER_VALUE);
    this.#writing = this.#writeOut(bytes, this.#written);
    // Its error is seen by whoever hands over next, or flushes.
    this.#writing.catch(() => undefined);
    this.#written += this.#filled;
    this.#filled = 0;
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
  }

  async #writeOut(bytes: Uint8Array, position: number): Promise<void> {
    // Not truncated where it served before: the pages that it has are written over.
    this.#file ??= await open(this.#path, constants.O_WRONLY | constants.O_CREAT);
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  /** One that is written holds neither memory nor a file descriptor. */
  async #end(): Promise<void> {
    const file = this.#file;
    [this.#filling, this.#spare, this.#file] = [EMPTY, EMPTY, undefined];
    await file?.close();
  }
}

function findOdd(values: Float32Array, start: number): OddValue | undefined {
  const index = nonFiniteIn(values);
  return index < 0 ? undefined : { index: start + index, value: values[index] ?? Number.NaN };
}
