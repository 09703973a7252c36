import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '@synergos/fed-algorithms';
import { UnfitUpdate } from '../errors.js';
import { BYTES_PER_VALUE, updateAt, type MemoryPlace, type Place, type StagedUpdate } from './place.js';
import { uploadWriter, type PlacedSink, type UploadWriter } from './placed-sink.js';

export type { StagedUpdate } from './place.js';

/** What several stagings take together. */
export interface StagingMemory {
  usedBytes: number;
}

export interface StagingOptions {
  /** Where updates lie that find no room in memory. */
  readonly directory: string;
  /** Memory for all updates staged at one time. */
  readonly memoryBytes: number;
  /** Counts the memory of other jobs' stagings too. Default: this one alone. */
  readonly memory?: StagingMemory;
}

/** A place in use, until its update is forgotten and nothing is written to it any more. */
interface Slot {
  readonly place: Place;
  isReceiving: boolean;
  /** Its round is over. */
  isLate: boolean;
  /** Once it is complete. */
  update?: StagedUpdate;
}

/** Holds a round's updates from their first byte until the round is over: in memory while there is room, else on disk. */
export class Staging {
  readonly #options: StagingOptions;
  readonly #slots = new Set<Slot>();
  /** Places that served before: their pages are in memory, and writing over them is several times faster. */
  readonly #idle: Place[] = [];
  readonly #memory: StagingMemory;
  #memoryUsed = 0;
  #isClosed = false;

  constructor(options: StagingOptions) {
    this.#options = options;
    this.#memory = options.memory ?? { usedBytes: 0 };
  }

  /** A place for one update of this shape; `onCommit` gets it once it is complete and all values are finite. */
  async receive(manifest: Manifest, onCommit: (update: StagedUpdate) => void): Promise<PlacedSink> {
    const place = this.#inMemory(manifest.size * BYTES_PER_VALUE) ?? (await this.#inFile());
    const slot: Slot = { place, isReceiving: true, isLate: false };
    this.#slots.add(slot);
    const refuseLate = () => {
      if (slot.isLate) throw new UnfitUpdate('too_late', 'the round that this update is for is over');
    };
    const written = () => {
      refuseLate();
      slot.isReceiving = false;
      onCommit((slot.update = updateAt(place, manifest.size)));
    };
    const abandoned = () => {
      if (this.#slots.delete(slot)) this.#free(place);
    };
    let writer: UploadWriter | undefined;
    const openWriter = () => (writer ??= uploadWriter({ place, manifest }));
    return {
      manifest,
      place,
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

  /** Forgets one update; where it lay serves the next ones. */
  release(update: StagedUpdate): void {
    const slot = [...this.#slots].find((one) => one.update === update);
    if (slot === undefined) return;
    this.#slots.delete(slot);
    this.#free(slot.place);
  }

  /** Forgets all updates; where they lay serves the next ones, once nothing more is written there. */
  reset(): void {
    for (const slot of this.#slots) {
      slot.isLate = true;
      if (slot.isReceiving) continue;
      this.#slots.delete(slot);
      this.#free(slot.place);
    }
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.reset();
    this.#isClosed = true;
    this.#memory.usedBytes -= this.#memoryUsed;
    this.#memoryUsed = 0;
    const places = [...this.#idle.splice(0), ...[...this.#slots].map(({ place }) => place)];
    await Promise.all(places.map(remove));
  }

  #free(place: Place): void {
    if (!this.#isClosed) this.#idle.push(place);
    // An upload that was under way may have made the file anew.
    else remove(place).catch(() => undefined);
  }

  #inMemory(sizeBytes: number): MemoryPlace | undefined {
    const served = this.#idle.findIndex(
      (place) => place.kind === 'memory' && place.buffer.byteLength === sizeBytes,
    );
    if (served >= 0) return this.#idle.splice(served, 1)[0] as MemoryPlace;
    if (this.#memory.usedBytes + sizeBytes > this.#options.memoryBytes) return undefined;
    this.#memoryUsed += sizeBytes;
    this.#memory.usedBytes += sizeBytes;
    return { kind: 'memory', buffer: new SharedArrayBuffer(sizeBytes) };
  }

  async #inFile(): Promise<Place> {
    const served = this.#idle.findIndex(({ kind }) => kind === 'file');
    if (served >= 0) return this.#idle.splice(served, 1)[0]!;
    await mkdir(this.#options.directory, { recursive: true });
    const path = join(this.#options.directory, `update-${process.pid}-${filesMade++}.f32`);
    return { kind: 'file', path };
  }
}

/** Over all stagings of this process: several jobs may use one directory. */
let filesMade = 0;

async function remove(place: Place): Promise<void> {
  if (place.kind === 'file') await rm(place.path, { force: true });
}
