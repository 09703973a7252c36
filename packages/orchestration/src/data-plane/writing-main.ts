import { parentPort } from 'node:worker_threads';
import { beginDigest, type RunningDigest } from '@synergos/rpc-core/digest';
import { outcomeOf } from '../outcome.js';
import { uploadWriter, type UploadWriter } from '../round/placed-sink.js';
import { callsOver } from '../thread.js';
import type { WritingCalls } from './writing-protocol.js';

// The thread that writes large uploads to their places: digests, checks of values and copies are not for the thread
// that serves the workers.

interface Upload {
  readonly writer: UploadWriter;
  readonly running: RunningDigest;
  /** What it was asked last. */
  last: Promise<unknown>;
}

const uploads = new Map<number, Upload>();

const calls: WritingCalls = {
  begin: (upload, reception, algorithm) => {
    const running = beginDigest(algorithm);
    uploads.set(upload, { writer: uploadWriter(reception, true), running, last: Promise.resolve() });
  },
  write: (upload, block, sizeBytes) => {
    const bytes = Buffer.from(block, 0, sizeBytes);
    return next(upload, ({ running, writer }) => {
      running.update(bytes);
      return writer.write(bytes);
    });
  },
  digest: (upload) => next(upload, ({ running }) => running.finish()),
  finish: (upload) => next(upload, ({ writer }) => writer.finish()),
  retire: (upload) =>
    outcomeOf(async () => {
      const { last, writer } = known(upload);
      uploads.delete(upload);
      await last.catch(() => undefined);
      await writer.retire();
    }),
};

/** After what was asked of the upload before; not where that failed. */
function next<Value>(id: number, work: (upload: Upload) => Promise<Value> | Value) {
  return outcomeOf(() => {
    const upload = known(id);
    const done = upload.last.then(() => work(upload));
    upload.last = done;
    return done;
  });
}

function known(id: number): Upload {
  const upload = uploads.get(id);
  if (upload === undefined) throw new Error('this upload was never begun, or is over');
  return upload;
}

if (parentPort !== null) callsOver<object, WritingCalls>(parentPort, calls);
