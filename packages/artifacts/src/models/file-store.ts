/** Where model files lie; paths are `/`-separated and relative to the store. A write is seen whole or not at all. */
export interface FileStore {
  /** Temporary name, fsync, rename, fsync of the folder. */
  write(path: string, content: Uint8Array | string | readonly Uint8Array[]): Promise<void>;
  /** undefined if there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names of the files directly below `path`, sorted; temporary ones are not shown. */
  list(path: string): Promise<readonly string[]>;
  /** Removes a file or a folder with all in it. */
  remove(path: string): Promise<void>;
  /** Absolute path on this machine, for people and for streaming. */
  locate(path: string): string;
}
