// What a thread that receives uploads needs of this package. It loads none of the phases: every module that such a thread
// loads adds to its garbage collections while updates arrive.
export { OrchestrationError, UnfitUpdate } from './errors.js';
export type { DataPlanePort, UploadRequestOptions } from './participants/data-plane-port.js';
export { BLOCK_VALUES } from './updates/blocks.js';
export { BYTES_PER_VALUE, bytesOf, type StagedUpdate } from './updates/staged-update.js';
export type {
  FileSlot,
  MemorySlot,
  Staging,
  UploadSink,
  UploadSlot,
  UploadSlots,
  UploadTarget,
} from './updates/upload-slots.js';
