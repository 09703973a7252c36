import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSafetensorsHeader, type TensorsSink } from '@synergos/rpc-core';
import type { Manifest } from '@synergos/fed-algorithms';
import { UnfitUpdate } from '../errors.js';
import { eachBlock, nonFiniteIn } from './blocks.js';

const HEADER_LENGTH_BYTES = 8;
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
  readonly #closing: Promise<void>[] = [];
  #memoryUsed = 0;
  #files = 0;

  constructor(options: StagingOptions) {
    this.#options = options;
  }

  /** A place for one update of this shape; `onCommit` gets it once it is complete and all values are finite. */
  async receive(manifest: Manifest, onCommit: (update: StagedUpdate) => void): Promise<TensorsSink> {
    const bytes = manifest.size * 4;
    const inMemory = this.#memoryUsed + bytes <= this.#options.memoryBytes;
    const area = inMemory ? new MemoryArea(manifest.size) : await this.#openFile(manifest.size);
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
        await checkFinite(area, manifest);
        onCommit(area);
      },
      abort: () => {
        if (!this.#areas.delete(area)) return;
        if (inMemory) this.#memoryUsed -= bytes;
        // Awaited by `close`, which sees its error, too.
        const closing = area.close();
        this.#closing.push(closing);
        closing.catch(() => undefined);
      },
    };
  }

  /** Frees everything. */
  async close(): Promise<void> {
    const areas = [...this.#areas];
    this.#areas.clear();
    this.#memoryUsed = 0;
    await Promise.all([...this.#closing.splice(0), ...areas.map((area) => area.close())]);
  }

  async #openFile(size: number): Promise<FileArea> {
    await mkdir(this.#options.directory, { recursive: true });
    const path = join(this.#options.directory, `update-${process.pid}-${this.#files++}.f32`);
    return new FileArea(size, await open(path, 'w+'), path);
  }
}

interface Area extends StagedUpdate {
  write(bytes: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

class MemoryArea implements Area {
  readonly size: number;
  #values: Float32Array;

  constructor(size: number) {
    this.size = size;
    this.#values = new Float32Array(size);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    new Uint8Array(this.#values.buffer).set(bytes, position);
  }

  async read(start: number, target: Float32Array): Promise<void> {
    target.set(this.#values.subarray(start, start + target.length));
  }

  async close(): Promise<void> {
    this.#values = new Float32Array(0);
  }
}

class FileArea implements Area {
  readonly size: number;
  readonly #file: FileHandle;
  readonly #path: string;

  constructor(size: number, file: FileHandle, path: string) {
    this.size = size;
    this.#file = file;
    this.#path = path;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#file.write(
        bytes,
        written,
        bytes.length - written,
        position + written,
      );
      written += bytesWritten;
    }
  }

  async read(start: number, target: Float32Array): Promise<void> {
    const view = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    let done = 0;
    while (done < view.length) {
      const { bytesRead } = await this.#file.read(view, done, view.length - done, start * 4 + done);
      if (bytesRead === 0) throw new Error(`staging file ${this.#path} ended early`);
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}

async function checkFinite(update: StagedUpdate, manifest: Manifest): Promise<void> {
  await eachBlock(update, (block, start) => {
    const index = nonFiniteIn(block);
    if (index < 0) return;
    const at = start + index;
    const tensor = manifest.tensors.find(({ offset, size }) => at >= offset && at < offset + size);
    throw new UnfitUpdate(
      'not_finite',
      `tensor '${tensor?.name}' of the update holds ${block[index]} at position ${at - (tensor?.offset ?? 0)}`,
    );
  });
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
