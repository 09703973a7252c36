import type { Manifest } from '@synergos/fed-algorithms';
import type { TensorsSink } from '@synergos/rpc-core';
import { UnfitUpdate } from '../errors.js';
import { copyBytes } from './copy-bytes.js';
import type { Place } from './place.js';
import { UpdateWriter } from './update-writer.js';

/** What a sink says of itself, so that another thread can write in its stead. */
export interface Reception {
  readonly place: Place;
  /** The model's, of an update or a vector beside it; other uploads are kept as their bytes came. */
  readonly manifest?: Manifest;
}

/** Takes an upload. Whoever receives it writes into the sink or, from another thread, to its place. */
export interface PlacedSink extends TensorsSink, Reception {
  /** All of it is at its place, and verified. Throws where nobody waits for it any more. */
  written(): void;
  /** Nothing is written to its place any more. */
  abandoned(): void;
}

/** Brings an upload to its place. Bytes come in order. */
export interface UploadWriter {
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** All has come. Throws where it is not what was to come. */
  finish(): Promise<void> | void;
  /** Takes nothing more; resolves when the place may serve another upload. */
  retire(): Promise<void>;
}

/**
 * `isApart`: in a thread that does nothing else. A block is then written to disk at once: to have another thread do so takes
 * longer where nothing has to go on meanwhile.
 */
export function uploadWriter({ place, manifest }: Reception, isApart = false): UploadWriter {
  if (manifest !== undefined) return new UpdateWriter(place, manifest, isApart);
  if (place.kind !== 'memory') throw new Error('bytes as they come are kept in memory');
  return bytesWriter(Buffer.from(place.buffer));
}

/** Takes so many bytes into memory, as they come. */
export function bytesSink(sizeBytes: number, onCommit: (bytes: Uint8Array) => void): PlacedSink {
  const buffer = new SharedArrayBuffer(sizeBytes);
  const reception: Reception = { place: { kind: 'memory', buffer } };
  const writer = uploadWriter(reception);
  // Copied out of the shared memory, for not all that reads bytes takes those.
  const written = () => onCommit(new Uint8Array(buffer).slice());
  return {
    ...reception,
    written,
    abandoned: () => undefined,
    write: (chunk) => writer.write(chunk),
    commit: async () => {
      await writer.finish();
      written();
    },
    abort: () => undefined,
  };
}

function bytesWriter(bytes: Buffer): UploadWriter {
  let filled = 0;
  return {
    write(chunk) {
      copyBytes(bytes, chunk, filled);
      filled += chunk.length;
      return undefined;
    },
    finish() {
      if (filled !== bytes.length)
        throw new UnfitUpdate('wrong_length', `${filled} of ${bytes.length} bytes came`);
    },
    retire: async () => undefined,
  };
}
