import type { Digest, DigestAlgorithm } from '@synergos/rpc-core';
import type { Outcome } from '../outcome.js';
import type { Reception } from '../round/placed-sink.js';

/** What the data plane's thread calls in the one that writes. Calls about one upload are done in their order. */
export interface WritingCalls {
  /** `upload`: the caller's name for it. */
  begin(upload: number, reception: Reception, algorithm: DigestAlgorithm): void;
  /** The block's first bytes are the upload's next ones. Resolves once the block may be filled anew. */
  write(upload: number, block: SharedArrayBuffer, sizeBytes: number): Promise<Outcome<void>>;
  /** Of all that was written. */
  digest(upload: number): Promise<Outcome<Digest>>;
  /** All of it has come: see `UploadWriter`. */
  finish(upload: number): Promise<Outcome<void>>;
  /** Forgets it; resolves when nothing is on its way to its place. */
  retire(upload: number): Promise<Outcome<void>>;
}
