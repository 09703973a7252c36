import { UnfitUpdate, type UploadSink, type UploadTarget } from '@synergos/orchestration/upload-port';
import { copyBytes } from './copy-bytes.js';
import { UpdateWriter } from './update-writer.js';

/** Writes an upload to its slot. Bytes arrive in order. */
export interface UploadWriter {
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** The upload has ended. Throws if it is not what was announced. */
  finish(): Promise<void> | void;
  /** Accepts nothing more; resolves when the slot may be used again. */
  retire(): Promise<void>;
}

/**
 * `isApart`: the calling thread does nothing else. Blocks are then written to disk synchronously, which is faster if nothing
 * else waits for the thread.
 */
export function uploadWriter({ slot, manifest }: UploadTarget, isApart = false): UploadWriter {
  if (manifest !== undefined) return new UpdateWriter(slot, manifest, isApart);
  if (slot.kind !== 'memory') throw new Error('raw bytes are stored in memory');
  return bytesWriter(Buffer.from(slot.buffer));
}

/** Stores `sizeBytes` raw bytes in memory. */
export function bytesSink(sizeBytes: number, onCommit: (bytes: Uint8Array) => void): UploadSink {
  const buffer = new SharedArrayBuffer(sizeBytes);
  const target: UploadTarget = { slot: { kind: 'memory', buffer } };
  const writer = uploadWriter(target);
  // Copied out of shared memory, which not every reader of bytes accepts.
  const written = () => onCommit(new Uint8Array(buffer).slice());
  return {
    ...target,
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
        throw new UnfitUpdate('wrong_length', `${filled} of ${bytes.length} bytes arrived`);
    },
    retire: async () => undefined,
  };
}
