import type { Readable } from 'node:stream';

/** Content to store: bytes, text, chunks in order, or a file on this machine. */
export type ArtifactContent =
  Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | { readonly file: string };

/** Byte positions, both inclusive as in HTTP. Bytes after the end of the artifact are left out. */
export interface ByteRange {
  readonly start: number;
  /** @defaultValue the last byte */
  readonly end?: number | undefined;
}

export interface ArtifactInfo {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Changes whenever the artifact is replaced. */
  readonly version: string;
}

export interface PutOptions {
  /** Stores nothing if the key is taken. */
  readonly ifAbsent?: boolean;
}

/**
 * Stores models, manifests and other results by key. A key is a `/`-separated relative path without `.` and `..`; any
 * other throws `PathOutside`. Every implementation runs the suite in `conformance/artifact-store.ts`.
 */
export interface ArtifactStore {
  /**
   * Stores an artifact as a whole or not at all; it is durable when the promise resolves. Resolves with `false` if
   * `ifAbsent` is set and the key is taken. Rejects with `StorageFull` if there is no space left.
   */
  put(key: string, content: ArtifactContent, options?: PutOptions): Promise<boolean>;
  /** Describes an artifact; resolves with `undefined` if there is none, like the two methods below. */
  head(key: string): Promise<ArtifactInfo | undefined>;
  /** Reads an artifact, or a range of it, into memory. */
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>;
  /** Reads an artifact, or a range of it, in chunks; all of them belong to one version. */
  stream(key: string, range?: ByteRange): Promise<Readable | undefined>;
  /** Lists the artifacts whose keys start with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<ArtifactInfo>;
  /** Deletes an artifact if there is one. */
  delete(key: string): Promise<void>;
  /** Deletes all artifacts whose keys start with `folder` and `/`. */
  deleteFolder(folder: string): Promise<void>;
  /** Path of an artifact's file, for stores that keep artifacts as files on this machine: readers then need no copy. */
  localFile?(key: string): string;
}
