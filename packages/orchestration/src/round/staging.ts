import { constants } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSafetensorsHeader, type TensorsSink } from '@synergos/rpc-core';
import type { Manifest } from '@synergos/fed-algorithms';
import { UnfitUpdate } from '../errors.js';
import { BLOCK_VALUES, nonFiniteIn } from './blocks.js';

const HEADER_LENGTH_BYTES = 8;
const BYTES_PER_VALUE = Float32Array.BYTES_PER_ELEMENT;
const MOST_HEADER_BYTES = 1 << 24;

/** A complete, verified update at rest: P float32 values, read in blocks. */
export interface StagedUpdate {
  readonly size: number;
  read(start: number, target: Float32Array): Promise<void>;
}

export interface StagingOptions {
  /** Where updates lie that find no room in memory. */
  readonly directory: string;
  /** Memory for all updates staged at one time. */
  readonly memoryBytes: number;
}

/** Holds a round's updates from their first byte until the round is over: in memory while there is room, else on disk. */
export class Staging {
  readonly #options: StagingOptions;
  readonly #areas = new Set<Area>();
  /** Files that served before: their pages are in memory, and writing over them is several times faster. */
  readonly #idle: string[] = [];
  readonly #retiring = new Set<Promise<void>>();
  #memoryUsed = 0;
  #files = 0;

  constructor(options: StagingOptions) {
    this.#options = options;
  }

  /** A place for one update of this shape; `onCommit` gets it once it is complete and all values are finite. */
  async receive(manifest: Manifest, onCommit: (update: StagedUpdate) => void): Promise<TensorsSink> {
    const bytes = manifest.size * BYTES_PER_VALUE;
    const inMemory = this.#memoryUsed + bytes <= this.#options.memoryBytes;
    const area = inMemory ? new MemoryArea(manifest.size) : await this.#fileArea(manifest.size);
    if (inMemory) this.#memoryUsed += bytes;
    this.#areas.add(area);
    let header: Buffer | null = Buffer.alloc(0);
    let position = 0;
    return {
      write: async (chunk) => {
        let data = chunk;
        if (header !== null) {
          header = Buffer.concat([header, chunk]);
          const end = headerEnd(header);
          if (end === undefined || header.length < end) return;
          checkHeader(header.subarray(0, end), manifest);
          data = header.subarray(end);
          header = null;
        }
        if (position + data.length > bytes)
          throw new UnfitUpdate('wrong_length', `the update is longer than the model's ${bytes} bytes`);
        await area.write(data, position);
        position += data.length;
      },
      commit: async () => {
        if (position !== bytes)
          throw new UnfitUpdate(
            'wrong_length',
            `the update has ${position} bytes of data, the model has ${bytes}`,
          );
        await area.flush();
        // Only now that the digest is known to be right: a value that was damaged on its way is sent again.
        if (area.oddAt !== undefined) throw notFinite(area.oddAt, manifest);
        onCommit(area);
      },
      abort: () => {
        if (!this.#areas.delete(area)) return;
        if (inMemory) this.#memoryUsed -= bytes;
        this.#free(area);
      },
    };
  }

  /** Forgets all updates; what they lay in serves the next ones. */
  reset(): void {
    for (const area of this.#areas) this.#free(area);
    this.#areas.clear();
    this.#memoryUsed = 0;
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.reset();
    await Promise.all(this.#retiring);
    await Promise.all(this.#idle.splice(0).map((path) => rm(path, { force: true })));
  }

  /** Its file serves another update once nothing is written into it any more: an upload may have been under way. */
  #free(area: Area): void {
    if (!(area instanceof FileArea)) return;
    const retiring = area.retire().then(() => {
      this.#retiring.delete(retiring);
      this.#idle.push(area.path);
    });
    this.#retiring.add(retiring);
  }

  async #fileArea(size: number): Promise<FileArea> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return new FileArea(size, idle);
    await mkdir(this.#options.directory, { recursive: true });
    const path = join(this.#options.directory, `update-${process.pid}-${this.#files++}.f32`);
    return new FileArea(size, path);
  }
}

const EMPTY = new Float32Array(0);

interface Area extends StagedUpdate {
  /** Bytes come in order. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** After the last write, before the first read. */
  flush(): Promise<void>;
  /** The first value that is not finite, of those written. */
  readonly oddAt: OddValue | undefined;
}

interface OddValue {
  readonly index: number;
  readonly value: number;
}

class MemoryArea implements Area {
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
class FileArea implements Area {
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

function notFinite({ index, value }: OddValue, manifest: Manifest): UnfitUpdate {
  const tensor = manifest.tensors.find(({ offset, size }) => index >= offset && index < offset + size);
  const position = index - (tensor?.offset ?? 0);
  return new UnfitUpdate(
    'not_finite',
    `tensor '${tensor?.name}' of the update holds ${value} at position ${position}`,
  );
}

function headerEnd(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_LENGTH_BYTES) return undefined;
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > MOST_HEADER_BYTES)
    throw new UnfitUpdate(
      'wrong_shape',
      `the update's header has ${length} bytes; at most ${MOST_HEADER_BYTES} are read`,
    );
  return HEADER_LENGTH_BYTES + length;
}

function checkHeader(bytes: Uint8Array, manifest: Manifest): void {
  const { tensors } = parseSafetensorsHeader(bytes);
  const describe = (list: readonly { name: string; shape: readonly number[] }[]) =>
    list.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' ');
  const [got, expected] = [describe(tensors), describe(manifest.tensors)];
  if (got !== expected)
    throw new UnfitUpdate('wrong_shape', `the update holds ${got}; the model is ${expected}`);
}
