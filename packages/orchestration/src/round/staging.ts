import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '@synergos/fed-algorithms';
import type { TensorsSink } from '@synergos/rpc-core';
import { UnfitUpdate } from '../errors.js';
import { BYTES_PER_VALUE, FileArea, MemoryArea, type Area, type OddValue } from './staging-areas.js';
import { UpdateBody } from './update-body.js';

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
    let header = Buffer.alloc(0);
    let body: UpdateBody | undefined;
    return {
      write: async (chunk) => {
        if (body !== undefined) return body.write(chunk);
        header = Buffer.concat([header, chunk]);
        const end = headerEnd(header);
        if (end === undefined || header.length < end) return;
        body = new UpdateBody(header.subarray(0, end), manifest, area);
        await body.write(header.subarray(end));
      },
      commit: async () => {
        if (body === undefined) throw new UnfitUpdate('wrong_length', 'the update ends within its header');
        await body.finish();
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

  /** Forgets one update; what it lay in serves the next ones. */
  release(update: StagedUpdate): void {
    const area = [...this.#areas].find((one) => one === update);
    if (area === undefined) return;
    this.#areas.delete(area);
    if (area instanceof MemoryArea) this.#memoryUsed -= area.size * BYTES_PER_VALUE;
    this.#free(area);
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
