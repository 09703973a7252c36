import type { Outcome } from '@synergos/contract';
import type { Digest, DigestAlgorithm } from '@synergos/rpc-core';
import type { UploadTarget } from '@synergos/orchestration/upload-port';

/** Calls from the data plane's thread to the writer thread. Calls about one upload run in order. */
export interface WritingCalls {
  /** `upload`: the caller's id of it. */
  begin(upload: number, target: UploadTarget, algorithm: DigestAlgorithm): void;
  /** The block starts with the upload's next bytes. Resolves once the block may be reused. */
  write(upload: number, block: SharedArrayBuffer, sizeBytes: number): Promise<Outcome<void>>;
  /** Of all bytes written. */
  digest(upload: number): Promise<Outcome<Digest>>;
  /** The upload has ended: see `UploadWriter`. */
  finish(upload: number): Promise<Outcome<void>>;
  /** Forgets the upload; resolves when no write to its slot is pending. */
  retire(upload: number): Promise<Outcome<void>>;
}
