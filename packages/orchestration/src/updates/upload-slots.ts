import type { Manifest } from '@synergos/fed-algorithms';
import type { TensorsSink } from '@synergos/rpc-core';
import type { StagedUpdate } from './staged-update.js';

/** Where an upload is written. Plain data: another thread can write there. */
export type UploadSlot = MemorySlot | FileSlot;

export interface MemorySlot {
  readonly kind: 'memory';
  readonly buffer: SharedArrayBuffer;
}

export interface FileSlot {
  readonly kind: 'file';
  readonly path: string;
}

/** Describes an upload's target, so that another thread can write it. */
export interface UploadTarget {
  readonly slot: UploadSlot;
  /** Of the model, for an update or a vector sent with it; other uploads are stored byte by byte. */
  readonly manifest?: Manifest;
}

/** Receives an upload: its bytes are written into the sink or, by another thread, to its slot. */
export interface UploadSink extends TensorsSink, UploadTarget {
  /** The upload is complete and verified. Throws if its round is over. */
  written(): void;
  /** Nothing writes to the slot any more. */
  abandoned(): void;
}

/** Holds the updates of a round from their first byte until the round is over. */
export interface Staging {
  /** A sink for one update of this shape; `onCommit` receives the update once it is complete and all values are finite. */
  receive(manifest: Manifest, onCommit: (update: StagedUpdate) => void): Promise<UploadSink>;
  /** Frees the slot of one update for the next ones. */
  release(update: StagedUpdate): void;
  /** Frees the slots of all updates, each once nothing writes to it any more. */
  reset(): void;
  /** Frees memory and files. */
  close(): Promise<void>;
}

/** Memory and files for uploads, shared by all jobs. */
export interface UploadSlots {
  staging(): Staging;
  /** A sink for `sizeBytes` bytes in memory. */
  bytes(sizeBytes: number, onCommit: (bytes: Uint8Array) => void): UploadSink;
}
