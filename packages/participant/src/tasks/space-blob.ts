import { parseBoundedJson } from '@synergos/contract';
import { SPACE_TENSORS, type WorkerTask } from '@synergos/rpc-core';
import { InvalidTask } from '../errors.js';

const BOUNDS = { bytes: 64 * 1024 * 1024, depth: 10, values: 10_000_000 };

/** Moves a feature space that came as a blob into the task's payload. */
export function withSpace(task: WorkerTask): WorkerTask {
  const { [SPACE_TENSORS]: bytes, ...tensors } = task.tensors;
  if (bytes === undefined) return task;
  let space: unknown;
  try {
    // Copied: a text decoder rejects shared memory.
    space = parseBoundedJson(Uint8Array.from(bytes), BOUNDS);
  } catch (cause) {
    throw new InvalidTask('the feature space is not JSON, or too large', { cause });
  }
  return { ...task, tensors, payload: { ...(task.payload as object), space } };
}
