import { open, type FileHandle } from 'node:fs/promises';
import { whenDescriptorsAllow } from '@synergos/contract';

export const BYTES_PER_VALUE = Float32Array.BYTES_PER_ELEMENT;

/** Where one update lies. It can be told to another thread, which then writes there. */
export type Place = MemoryPlace | FilePlace;

export interface MemoryPlace {
  readonly kind: 'memory';
  readonly buffer: SharedArrayBuffer;
}

export interface FilePlace {
  readonly kind: 'file';
  readonly path: string;
}

/** The vector's own bytes. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A complete, verified update at rest: P float32 values, read in blocks. */
export interface StagedUpdate {
  readonly size: number;
  read(start: number, target: Float32Array): Promise<void>;
  /** Lets go of what reading holds; it may be read again. */
  close?(): Promise<void>;
}

/** `size`: number of float32 values. */
export function updateAt(place: Place, size: number): StagedUpdate {
  return place.kind === 'memory' ? inMemory(place, size) : new UpdateFile(place.path, size);
}

function inMemory({ buffer }: MemoryPlace, size: number): StagedUpdate {
  const values = new Float32Array(buffer, 0, size);
  return {
    size,
    read: async (start, target) => target.set(values.subarray(start, start + target.length)),
  };
}

/** Holds a file descriptor only while it is read: there may be a thousand of them. Blocks may be read beside each other. */
class UpdateFile implements StagedUpdate {
  readonly size: number;
  readonly #path: string;
  #file: Promise<FileHandle> | undefined;
  #reading = 0;
  #isAtEnd = false;

  constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
  }

  async read(start: number, target: Float32Array): Promise<void> {
    const view = bytesOf(target);
    this.#reading++;
    try {
      const file = await (this.#file ??= whenDescriptorsAllow(() => open(this.#path, 'r')));
      for (let done = 0; done < view.length;) {
        const position = start * BYTES_PER_VALUE + done;
        const { bytesRead } = await file.read(view, done, view.length - done, position);
        if (bytesRead === 0) throw new Error(`staging file ${this.#path} ended early`);
        done += bytesRead;
      }
      // Updates are read from end to end.
      this.#isAtEnd ||= start + target.length === this.size;
    } finally {
      if (--this.#reading === 0 && this.#isAtEnd) await this.close();
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    [this.#file, this.#isAtEnd] = [undefined, false];
    await (await file)?.close();
  }
}
