import { parentPort } from 'node:worker_threads';
import { outcomeOf } from '@synergos/contract';
import { beginDigest, type RunningDigest } from '@synergos/rpc-core/digest';
import { uploadWriter, type UploadWriter } from './slot-sink.js';
import { callsOver } from '../threads/thread.js';
import type { WritingCalls } from './writer-protocol.js';

// The thread that writes large uploads to their slots. Digests, checks of values and copies would block the thread that
// serves the workers.

interface Upload {
  readonly writer: UploadWriter;
  readonly running: RunningDigest;
  /** The last call about it. */
  last: Promise<unknown>;
}

const uploads = new Map<number, Upload>();

const calls: WritingCalls = {
  begin: (upload, target, algorithm) => {
    const running = beginDigest(algorithm);
    uploads.set(upload, { writer: uploadWriter(target, true), running, last: Promise.resolve() });
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

/** Runs `work` after the previous call about the upload; not if that failed. */
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
  if (upload === undefined) throw new Error('this upload was never started, or is over');
  return upload;
}

if (parentPort !== null) callsOver<object, WritingCalls>(parentPort, calls);
