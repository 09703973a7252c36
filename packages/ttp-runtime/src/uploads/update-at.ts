import { open, type FileHandle } from 'node:fs/promises';
import { whenDescriptorsAllow } from '@synergos/contract';
import {
  BYTES_PER_VALUE,
  bytesOf,
  type MemorySlot,
  type StagedUpdate,
  type UploadSlot,
} from '@synergos/orchestration/upload-port';

/** `size`: number of float32 values. */
export function updateAt(slot: UploadSlot, size: number): StagedUpdate {
  return slot.kind === 'memory' ? inMemory(slot, size) : new UpdateFile(slot.path, size);
}

function inMemory({ buffer }: MemorySlot, size: number): StagedUpdate {
  const values = new Float32Array(buffer, 0, size);
  return {
    size,
    read: async (start, target) => target.set(values.subarray(start, start + target.length)),
  };
}

/** Holds a file descriptor only while it is read: a round may stage a thousand updates. Blocks may be read concurrently. */
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
