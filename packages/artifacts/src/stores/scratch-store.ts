import type { ArtifactStore } from './artifact-store.js';

/** A file that is read at any position. */
export interface FileReader {
  readonly sizeBytes: number;
  /** Fills `target` from `position`; rejects with `RunDamaged` if the file ends earlier. */
  read(target: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** A file that is written at any position. It does not exist for readers until it is committed. */
export interface FileWriter {
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes the file visible and durable. */
  commit(): Promise<void>;
  /** Removes what was written; does nothing after a commit. */
  abort(): Promise<void>;
}

/**
 * Files on a disk of this machine: imports that are being checked, and checkpoints of running trainings. Adds to
 * `ArtifactStore` the operations of a file system: random access, copies, renamed folders, paths.
 */
export interface ScratchStore extends ArtifactStore {
  create(path: string): Promise<FileWriter>;
  /** Resolves with `undefined` if there is no such file. */
  open(path: string): Promise<FileReader | undefined>;
  /** Copies a file without reading it into memory; by reference if the file system supports it. */
  copy(from: string, to: string): Promise<void>;
  /** Renames a folder; `to` must be empty or missing. Durable when the promise resolves. */
  moveFolder(from: string, to: string): Promise<void>;
  /** Absolute path on this machine. */
  localFile(path: string): string;
}
