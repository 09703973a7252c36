import { Worker } from 'node:worker_threads';
import { valueOf } from '@synergos/contract';
import type { BirpcReturn } from 'birpc';
import type { DigestAlgorithm, TensorsSink } from '@synergos/rpc-core';
import { UnfitUpdate, type UploadTarget } from '@synergos/orchestration/upload-port';
import { BlockBuffer } from './block-buffer.js';
import type { UploadWriter } from './slot-sink.js';
import { callsOver } from '../threads/thread.js';
import type { WritingCalls } from './writer-protocol.js';

const BLOCK_BYTES = 1 << 20;
/** Of one upload, being filled or written. */
const MOST_BLOCKS = 4;

/** Writes an upload in another thread, which computes its digest as well. */
export type ThreadWriter = UploadWriter & Required<Pick<TensorsSink, 'digest'>>;

/** The thread that writes large uploads, seen from the data plane's thread. It starts once a large upload is expected. */
export class WriterThread {
  #worker: Worker | undefined;
  #calls: BirpcReturn<WritingCalls> | undefined;
  #named = 0;
  #isClosing = false;

  prepare(): BirpcReturn<WritingCalls> {
    return (this.#calls ??= this.#start());
  }

  /** `algorithm`: of the announced digest. */
  begin(target: UploadTarget, algorithm: DigestAlgorithm): ThreadWriter {
    const calls = this.prepare();
    const upload = ++this.#named;
    calls.begin.asEvent(upload, target, algorithm).catch(() => undefined);
    let isRetired = false;
    const blocks = new BlockBuffer({
      makeBlock: () => Buffer.from(new SharedArrayBuffer(BLOCK_BYTES)),
      mostBlocks: MOST_BLOCKS,
      handOver: async ({ buffer, length }) => {
        if (isRetired) throw new UnfitUpdate('too_late', 'this upload was abandoned');
        valueOf(await calls.write(upload, buffer as unknown as SharedArrayBuffer, length));
      },
    });
    return {
      write: (chunk) => blocks.write(chunk),
      digest: async () => {
        await blocks.flush();
        return valueOf(await calls.digest(upload));
      },
      finish: async () => {
        await blocks.flush();
        valueOf(await calls.finish(upload));
        await retire();
      },
      retire,
    };

    async function retire(): Promise<void> {
      if (isRetired) return;
      isRetired = true;
      blocks.clear();
      valueOf(await calls.retire(upload));
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#worker?.terminate();
  }

  #start(): BirpcReturn<WritingCalls> {
    // Without this process's arguments, which may preload modules.
    this.#worker = new Worker(new URL('writer-main.js', import.meta.url), { execArgv: [] });
    // Only uploads wait for it, and they keep the data plane alive.
    this.#worker.unref();
    // An error of the writer thread is thrown in this one, for it has no listener; so is its exit.
    this.#worker.on('exit', (code) => {
      if (!this.#isClosing) throw new Error(`the thread that writes uploads ended with code ${code}`);
    });
    return callsOver<WritingCalls, Record<string, never>>(this.#worker, {});
  }
}
