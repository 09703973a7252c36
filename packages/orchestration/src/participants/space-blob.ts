import type { TaskRequest } from '@synergos/rpc-core';
import { SPACE_BY_DIGEST, SPACE_TENSORS } from '@synergos/rpc-core';
import type { DataPlanePort } from './data-plane-port.js';

/** Smaller spaces travel in the task itself, which workers of every version read. */
const INLINE_BYTES = 64 * 1024;

/** Calls `send` with a task whose large feature space is published by content, for workers that can load it. */
export async function withSpaceBlob<Result>(
  dataPlane: DataPlanePort,
  participant: string,
  task: TaskRequest,
  send: (task: TaskRequest) => Promise<Result>,
): Promise<Result> {
  const { space, ...payload } = task.payload as Readonly<Record<string, unknown>>;
  const canLoad = dataPlane.status(participant)?.capabilities.includes(SPACE_BY_DIGEST) === true;
  if (space === undefined || !canLoad) return send(task);
  const bytes = Buffer.from(JSON.stringify(space));
  if (bytes.length <= INLINE_BYTES) return send(task);
  const ref = await dataPlane.publish(new Uint8Array(bytes));
  try {
    return await send({ ...task, payload, tensors: { ...task.tensors, [SPACE_TENSORS]: ref } });
  } finally {
    dataPlane.withdraw(ref.sha256);
  }
}
