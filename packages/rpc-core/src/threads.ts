import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { messageOf } from '@synergos/contract';
import { DataPlaneError } from './protocol/errors.js';

/** Posts to another thread. Throws a `DataPlaneError` if the message cannot be copied, as one that is nested too deep. */
export function post(
  port: Pick<MessagePort | Worker, 'postMessage'>,
  message: unknown,
  transfer: readonly Transferable[] = [],
): void {
  try {
    port.postMessage(message, transfer);
  } catch (error) {
    throw new DataPlaneError(
      'not_posted',
      `a message to another thread could not be posted: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * As birpc's `onGeneralError`: a result that could not be posted is answered with its error, and the thread stays. A
 * call that could not be posted rejects.
 */
export function isOfResult(_error: Error, functionName?: string): boolean {
  return functionName !== undefined;
}
