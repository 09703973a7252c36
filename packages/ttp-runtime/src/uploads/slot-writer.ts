import { constants, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { whenDescriptorsAllow } from '@synergos/contract';
// A subpath: threads that only receive uploads load as little as possible.
import { nonFiniteIn } from '@synergos/fed-algorithms/non-finite';
import {
  BLOCK_VALUES,
  BYTES_PER_VALUE,
  UnfitUpdate,
  type UploadSlot,
} from '@synergos/orchestration/upload-port';
import { copyBytes } from './copy-bytes.js';
import { BlockBuffer } from './block-buffer.js';

/** Most blocks of a file that are being written at the same time. */
const MOST_BLOCKS = 4;
/** Chunks of whole values from this size on are written without a copy. */
const LEAST_DIRECT_BYTES = 1 << 18;

/** Writes an update's values to its slot, in order. */
export interface SlotWriter {
  /** Returns a promise only if the caller has to wait: a gigabyte arrives in many thousand pieces. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** After the last write, before the first read. */
  flush(): Promise<void>;
  /** Accepts nothing more; resolves when no write to the slot is pending. */
  retire(): Promise<void>;
  /** The first value that is not finite, of those written. */
  readonly oddAt: OddValue | undefined;
}

export interface OddValue {
  readonly index: number;
  readonly value: number;
}

/** `size`: number of float32 values. `isApart`: see `uploadWriter`. */
export function writerTo(slot: UploadSlot, size: number, isApart: boolean): SlotWriter {
  return slot.kind === 'memory'
    ? new MemoryWriter(slot.buffer, size)
    : new FileWriter(slot.path, size, isApart);
}

class MemoryWriter implements SlotWriter {
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
    // The values are in their slot already.
  }

  async retire(): Promise<void> {
    // No write is ever pending.
  }
}

/** Writes whole blocks of values, in order. */
class FileWriter implements SlotWriter {
  oddAt: OddValue | undefined;
  readonly #path: string;
  readonly #isApart: boolean;
  readonly #blocks: BlockBuffer;
  #file: FileHandle | undefined;
  #last: Promise<void> = Promise.resolve();
  #positionBytes = 0;
  #isRetired = false;

  constructor(path: string, size: number, isApart: boolean) {
    this.#path = path;
    this.#isApart = isApart;
    const blockBytes = Math.min(BLOCK_VALUES, size) * BYTES_PER_VALUE;
    this.#blocks = new BlockBuffer({
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
    if (this.#isRetired) throw new UnfitUpdate('too_late', 'this update was abandoned');
    const positionBytes = this.#positionBytes;
    const length = Math.floor(bytes.length / BYTES_PER_VALUE);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, length);
    this.oddAt ??= findOdd(values, positionBytes / BYTES_PER_VALUE);
    this.#positionBytes += bytes.length;
    return (this.#last = this.#last.then(() => this.#writeOut(bytes, positionBytes)));
  }

  async #writeOut(bytes: Uint8Array, position: number): Promise<void> {
    // Not truncated: overwriting the pages of a used file is faster.
    this.#file ??= await whenDescriptorsAllow(() => open(this.#path, constants.O_WRONLY | constants.O_CREAT));
    for (let done = 0; done < bytes.length;) {
      const [length, at] = [bytes.length - done, position + done];
      done += this.#isApart
        ? writeSync(this.#file.fd, bytes, done, length, at)
        : (await this.#file.write(bytes, done, length, at)).bytesWritten;
    }
  }

  /** Releases memory and file descriptor once all is written. */
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
