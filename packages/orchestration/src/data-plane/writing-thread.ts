import { Worker } from 'node:worker_threads';
import type { BirpcReturn } from 'birpc';
import type { DigestAlgorithm, TensorsSink } from '@synergos/rpc-core';
import { UnfitUpdate } from '../errors.js';
import { valueOf } from '../outcome.js';
import { Gathering } from '../round/gathering.js';
import type { Reception, UploadWriter } from '../round/placed-sink.js';
import { callsOver } from '../thread.js';
import type { WritingCalls } from './writing-protocol.js';

const BLOCK_BYTES = 1 << 20;
/** Of one upload, being filled or written. */
const MOST_BLOCKS = 4;

/** Writes an upload in another thread, which reckons its digest, too. */
export type ApartWriter = UploadWriter & Required<Pick<TensorsSink, 'digest'>>;

/** The thread that writes large uploads, seen from the data plane's. It is begun where one is to come. */
export class WritingThread {
  #worker: Worker | undefined;
  #calls: BirpcReturn<WritingCalls> | undefined;
  #named = 0;
  #isClosing = false;

  prepare(): BirpcReturn<WritingCalls> {
    return (this.#calls ??= this.#start());
  }

  /** `algorithm`: of the digest that was announced. */
  begin(reception: Reception, algorithm: DigestAlgorithm): ApartWriter {
    const calls = this.prepare();
    const upload = ++this.#named;
    calls.begin.asEvent(upload, reception, algorithm).catch(() => undefined);
    let isRetired = false;
    const blocks = new Gathering({
      makeBlock: () => Buffer.from(new SharedArrayBuffer(BLOCK_BYTES)),
      mostBlocks: MOST_BLOCKS,
      handOver: async ({ buffer, length }) => {
        if (isRetired) throw new UnfitUpdate('too_late', 'this upload was given up');
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
    // Without the arguments of this process: what they load is not for this thread.
    this.#worker = new Worker(new URL('writing-main.js', import.meta.url), { execArgv: [] });
    // Nothing waits for it but uploads, and those keep the data plane alive.
    this.#worker.unref();
    // An error of it is one of this thread, for nobody listens to it; so is its end.
    this.#worker.on('exit', (code) => {
      if (!this.#isClosing) throw new Error(`the thread that writes uploads ended with code ${code}`);
    });
    return callsOver<WritingCalls, Record<string, never>>(this.#worker, {});
  }
}
