import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { UnfitUpdate } from '../errors.js';
import { BLOCK_VALUES, nonFiniteIn } from './blocks.js';
import type { StagedUpdate } from './staging.js';

export const BYTES_PER_VALUE = Float32Array.BYTES_PER_ELEMENT;
const EMPTY = new Float32Array(0);

/** Where one update lies. */
export interface Area extends StagedUpdate {
  /** Bytes come in order. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** After the last write, before the first read. */
  flush(): Promise<void>;
  /** The first value that is not finite, of those written. */
  readonly oddAt: OddValue | undefined;
}

export interface OddValue {
  readonly index: number;
  readonly value: number;
}

export class MemoryArea implements Area {
  readonly size: number;
  oddAt: OddValue | undefined;
  #values: Float32Array;
  #checked = 0;

  constructor(size: number) {
    this.size = size;
    this.#values = new Float32Array(size);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    new Uint8Array(this.#values.buffer).set(bytes, position);
    const whole = Math.floor((position + bytes.length) / BYTES_PER_VALUE);
    this.oddAt ??= findOdd(this.#values.subarray(this.#checked, whole), this.#checked);
    this.#checked = whole;
  }

  async flush(): Promise<void> {
    // All is where it belongs already.
  }

  async read(start: number, target: Float32Array): Promise<void> {
    target.set(this.#values.subarray(start, start + target.length));
  }
}

/**
 * Gathers what comes into blocks, for the chunks of a socket are small and not aligned to values. While one block is
 * being written, the next one is filled. A complete update holds neither memory nor a file descriptor.
 */
export class FileArea implements Area {
  readonly size: number;
  readonly path: string;
  oddAt: OddValue | undefined;
  #file: FileHandle | undefined;
  #filling = EMPTY;
  #spare = EMPTY;
  #filled = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();
  #isRetired = false;

  constructor(size: number, path: string) {
    this.size = size;
    this.path = path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#filling.length === 0) {
      const length = Math.min(BLOCK_VALUES, this.size);
      [this.#filling, this.#spare] = [new Float32Array(length), new Float32Array(length)];
    }
    for (let at = 0; at < bytes.length;) {
      const room = this.#filling.byteLength - this.#filled;
      const part = bytes.subarray(at, at + room);
      new Uint8Array(this.#filling.buffer).set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (part.length === room) await this.#handOver();
    }
  }

  async flush(): Promise<void> {
    await this.#handOver();
    await this.#writing;
    [this.#filling, this.#spare] = [EMPTY, EMPTY];
    await this.#close();
  }

  async read(start: number, target: Float32Array): Promise<void> {
    const view = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    this.#file ??= await open(this.path, 'r');
    for (let done = 0; done < view.length;) {
      const position = start * BYTES_PER_VALUE + done;
      const { bytesRead } = await this.#file.read(view, done, view.length - done, position);
      if (bytesRead === 0) throw new Error(`staging file ${this.path} ended early`);
      done += bytesRead;
    }
    // Updates are read from end to end.
    if (start + target.length === this.size) await this.#close();
  }

  /** Takes nothing more; resolves when nothing is on its way to the file. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#writing.catch(() => undefined);
    await this.#close();
  }

  /** Begins to write the block that is full, once the one before it is written. */
  async #handOver(): Promise<void> {
    await this.#writing;
    if (this.#isRetired) throw new UnfitUpdate('too_late', 'the round that this update is for is over');
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
    this.#file ??= await open(this.path, constants.O_RDWR | constants.O_CREAT);
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

function findOdd(values: Float32Array, start: number): OddValue | undefined {
  const index = nonFiniteIn(values);
  return index < 0 ? undefined : { index: start + index, value: values[index] ?? Number.NaN };
}
