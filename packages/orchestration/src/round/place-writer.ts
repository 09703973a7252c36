import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { nonFiniteIn } from '@synergos/fed-algorithms';
import { UnfitUpdate } from '../errors.js';
import { BLOCK_VALUES } from './blocks.js';
import { BYTES_PER_VALUE, type Place } from './place.js';

/** So many of a file's blocks may be on their way to it: the disk need not keep step with each one. */
const BLOCKS = 4;

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
 * Gathers what comes into blocks, for the chunks of a socket are small and not aligned to values. While some are being
 * written, in order, others are filled.
 */
class FileWriter implements PlaceWriter {
  oddAt: OddValue | undefined;
  readonly #blockValues: number;
  readonly #path: string;
  #file: FileHandle | undefined;
  #filling: Float32Array | undefined;
  #filledBytes = 0;
  #spare: Float32Array[] = [];
  /** Of the blocks handed over, oldest first. */
  readonly #underWay: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();
  #positionBytes = 0;
  #isRetired = false;

  constructor(path: string, size: number) {
    this.#path = path;
    this.#blockValues = Math.min(BLOCK_VALUES, size);
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    for (let rest = bytes; rest.length > 0;) {
      const block = (this.#filling ??= this.#nextBlock());
      if (block === undefined) return this.#underWay[0]!.then(() => this.write(rest));
      const part = rest.subarray(0, block.byteLength - this.#filledBytes);
      new Uint8Array(block.buffer).set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      rest = rest.subarray(part.length);
      if (this.#filledBytes === block.byteLength) this.#handOver(block);
    }
    return undefined;
  }

  async flush(): Promise<void> {
    if (this.#filling !== undefined) this.#handOver(this.#filling);
    await this.#last;
    await this.#end();
  }

  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#last.catch(() => undefined);
    await this.#end();
  }

  /** Undefined where so many are being written that one has to be waited for. */
  #nextBlock(): Float32Array | undefined {
    const spare = this.#spare.pop();
    return spare ?? (this.#underWay.length < BLOCKS ? new Float32Array(this.#blockValues) : undefined);
  }

  #handOver(block: Float32Array): void {
    if (this.#isRetired) throw new UnfitUpdate('too_late', 'this update was given up');
    const positionBytes = this.#positionBytes;
    const bytes = new Uint8Array(block.buffer, 0, this.#filledBytes);
    const values = block.subarray(0, bytes.length / BYTES_PER_VALUE);
    this.oddAt ??= findOdd(values, positionBytes / BYTES_PER_VALUE);
    const before = this.#last;
    this.#last = (async () => {
      await before;
      await this.#writeOut(bytes, positionBytes);
      void this.#underWay.shift();
      this.#spare.push(block);
    })();
    // Its error is seen by whoever needs its block, or flushes.
    this.#last.catch(() => undefined);
    this.#underWay.push(this.#last);
    this.#positionBytes += bytes.length;
    [this.#filling, this.#filledBytes] = [undefined, 0];
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
    [this.#filling, this.#spare, this.#file] = [undefined, [], undefined];
    await file?.close();
  }
}

function findOdd(values: Float32Array, start: number): OddValue | undefined {
  const index = nonFiniteIn(values);
  return index < 0 ? undefined : { index: start + index, value: values[index] ?? Number.NaN };
}
