import type { UploadSlots } from '@synergos/orchestration/upload-port';
import { bytesSink } from './slot-sink.js';
import { RoundStaging, type StagingMemory } from './staging.js';

const DEFAULT_MEMORY_BYTES = 256 * 1024 * 1024;

export interface UploadSlotsOptions {
  /** For updates that do not fit into memory. Its files may be removed while nothing runs. */
  readonly directory: string;
  /** Memory for the updates of all jobs that are not folded yet. Default: 256 MiB. */
  readonly memoryBytes?: number;
}

/** Upload slots of one process: memory shared by all jobs, then files in `directory`. */
export function createUploadSlots({
  directory,
  memoryBytes = DEFAULT_MEMORY_BYTES,
}: UploadSlotsOptions): UploadSlots {
  const memory: StagingMemory = { usedBytes: 0 };
  return {
    staging: () => new RoundStaging({ directory, memoryBytes, memory }),
    bytes: bytesSink,
  };
}
