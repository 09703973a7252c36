import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '@synergos/fed-algorithms';
import {
  BYTES_PER_VALUE,
  UnfitUpdate,
  type MemorySlot,
  type StagedUpdate,
  type Staging,
  type UploadSink,
  type UploadSlot,
} from '@synergos/orchestration/upload-port';
import { uploadWriter, type UploadWriter } from './slot-sink.js';
import { updateAt } from './update-at.js';

/** Memory that all stagings of a process share. */
export interface StagingMemory {
  usedBytes: number;
}

export interface StagingOptions {
  /** For updates that do not fit into memory. */
  readonly directory: string;
  /** Memory for all updates staged at the same time. */
  readonly memoryBytes: number;
  /** Counts the memory of other jobs' stagings as well. Default: this one alone. */
  readonly memory?: StagingMemory;
}

/** A slot in use, until its update is released and nothing writes to it any more. */
interface SlotInUse {
  readonly slot: UploadSlot;
  isReceiving: boolean;
  /** Its round is over. */
  isLate: boolean;
  /** Once it is complete. */
  update?: StagedUpdate;
}

/** Stages a round's updates in memory while there is room, else on disk. */
export class RoundStaging implements Staging {
  readonly #options: StagingOptions;
  readonly #inUse = new Set<SlotInUse>();
  /** Slots used before: their pages are in memory, and overwriting them is several times faster. */
  readonly #idle: UploadSlot[] = [];
  readonly #memory: StagingMemory;
  #memoryUsed = 0;
  #isClosed = false;

  constructor(options: StagingOptions) {
    this.#options = options;
    this.#memory = options.memory ?? { usedBytes: 0 };
  }

  async receive(manifest: Manifest, onCommit: (update: StagedUpdate) => void): Promise<UploadSink> {
    const slot = this.#inMemory(manifest.size * BYTES_PER_VALUE) ?? (await this.#inFile());
    const used: SlotInUse = { slot, isReceiving: true, isLate: false };
    this.#inUse.add(used);
    const refuseLate = () => {
      if (used.isLate) throw new UnfitUpdate('too_late', 'the round that this update is for is over');
    };
    const written = () => {
      refuseLate();
      used.isReceiving = false;
      onCommit((used.update = updateAt(slot, manifest.size)));
    };
    const abandoned = () => {
      if (this.#inUse.delete(used)) this.#free(slot);
    };
    let writer: UploadWriter | undefined;
    const openWriter = () => (writer ??= uploadWriter({ slot, manifest }));
    return {
      manifest,
      slot,
      written,
      abandoned,
      write: (chunk) => {
        refuseLate();
        return openWriter().write(chunk);
      },
      commit: async () => {
        await openWriter().finish();
        written();
      },
      abort: () => void openWriter().retire().then(abandoned, abandoned),
    };
  }

  release(update: StagedUpdate): void {
    const used = [...this.#inUse].find((one) => one.update === update);
    if (used === undefined) return;
    this.#inUse.delete(used);
    this.#free(used.slot);
  }

  reset(): void {
    for (const used of this.#inUse) {
      used.isLate = true;
      if (used.isReceiving) continue;
      this.#inUse.delete(used);
      this.#free(used.slot);
    }
  }

  async close(): Promise<void> {
    this.reset();
    this.#isClosed = true;
    this.#memory.usedBytes -= this.#memoryUsed;
    this.#memoryUsed = 0;
    const slots = [...this.#idle.splice(0), ...[...this.#inUse].map(({ slot }) => slot)];
    await Promise.all(slots.map(remove));
  }

  #free(slot: UploadSlot): void {
    if (!this.#isClosed) this.#idle.push(slot);
    // A running upload may have created the file again.
    else remove(slot).catch(() => undefined);
  }

  #inMemory(sizeBytes: number): MemorySlot | undefined {
    const served = this.#idle.findIndex(
      (slot) => slot.kind === 'memory' && slot.buffer.byteLength === sizeBytes,
    );
    if (served >= 0) return this.#idle.splice(served, 1)[0] as MemorySlot;
    if (this.#memory.usedBytes + sizeBytes > this.#options.memoryBytes) return undefined;
    this.#memoryUsed += sizeBytes;
    this.#memory.usedBytes += sizeBytes;
    return { kind: 'memory', buffer: new SharedArrayBuffer(sizeBytes) };
  }

  async #inFile(): Promise<UploadSlot> {
    const served = this.#idle.findIndex(({ kind }) => kind === 'file');
    if (served >= 0) return this.#idle.splice(served, 1)[0]!;
    await mkdir(this.#options.directory, { recursive: true });
    const path = join(this.#options.directory, `update-${process.pid}-${filesMade++}.f32`);
    return { kind: 'file', path };
  }
}

/** Counts over all stagings of this process: several jobs may share a directory. */
let filesMade = 0;

async function remove(slot: UploadSlot): Promise<void> {
  if (slot.kind === 'file') await rm(slot.path, { force: true });
}
