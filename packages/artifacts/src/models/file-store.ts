/** Bytes at once or one part after another. */
export type FileContent = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface FileDigest {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly size_bytes: number;
}

/** A file that is read in pieces. */
export interface FileReader {
  readonly sizeBytes: number;
  /** Fills `target` from the position on; rejects where the file ends before. */
  read(target: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** A file that is written in pieces, seen by nobody until it is committed. */
export interface FileWriter {
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** The file is there, whole and durable. */
  commit(): Promise<void>;
  /** Leaves nothing behind; does nothing after a commit. */
  abort(): Promise<void>;
}

/** Where model files lie; paths are `/`-separated and relative to the store. A write is seen whole or not at all. */
export interface FileStore {
  /** Temporary name, fsync, rename, fsync of the folder. */
  write(path: string, content: FileContent): Promise<void>;
  /** undefined if there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** For files too large to be held in memory. */
  create(path: string): Promise<FileWriter>;
  /** undefined if there is no such file. */
  open(path: string): Promise<FileReader | undefined>;
  /** Without reading it into memory; by reference where the file system can. */
  copy(from: string, to: string): Promise<void>;
  /** Reads the file once, in pieces; undefined if there is no such file. */
  digest(path: string): Promise<FileDigest | undefined>;
  /** Names of the files directly below `path`, sorted; temporary ones are not shown. */
  list(path: string): Promise<readonly string[]>;
  /** Names of the folders directly below `path`, sorted. */
  folders(path: string): Promise<readonly string[]>;
  /** A folder in the place of another, which must be empty or missing; durable when it returns. */
  moveFolder(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all in it. */
  remove(path: string): Promise<void>;
  /** Absolute path on this machine, for people and for streaming. */
  locate(path: string): string;
}
