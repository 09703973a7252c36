import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { messageOf } from '@synergos/contract';

/** The other end went away, or made no progress. */
export class TransferBroken extends Error {}

/**
 * Hands a stream's chunks to `take`, one after another; while it is busy, flow control holds the rest back. Chunks are
 * not gathered on their way, as an iterator does, for that copies them. Rejects with `TransferBroken` or with what
 * `take` throws, and then nothing is being taken any more.
 */
export async function pour(
  stream: Readable,
  take: (chunk: Buffer) => Promise<void> | undefined,
): Promise<void> {
  let taking: Promise<void> | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const onData = (chunk: Buffer) => {
    try {
      taking = take(chunk);
      if (taking === undefined) return;
      stream.pause();
      taking.then(() => stream.resume(), fail);
    } catch (error) {
      fail(error);
    }
  };
  stream.on('data', onData);
  const ended = finished(stream, { writable: false }).catch((error: unknown) => {
    throw new TransferBroken(messageOf(error));
  });
  try {
    await Promise.race([ended, failed]);
  } finally {
    stream.off('data', onData);
    await taking;
  }
}
