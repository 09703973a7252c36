import type { MessagePort, Worker } from 'node:worker_threads';
import { type Outcome, valueOf } from '@synergos/contract';
import { isOfResult, post } from '@synergos/rpc-core/threads';
import { createBirpc, type BirpcReturn } from 'birpc';

export interface ThreadOptions {
  /** Started already, so that it loads its modules while the caller loads others. Its module hosts the calls. */
  readonly worker: Worker;
  /** Called if the thread ends unasked. */
  readonly onFailure: (error: Error) => void;
}

/** Calls that every thread serves. */
interface Hosted<Facts> {
  start(): Promise<Outcome<Facts>>;
  close(): Promise<Outcome<void>>;
}
type FactsOf<Theirs> = Theirs extends Hosted<infer Facts> ? Facts : never;

export interface Thread<Theirs extends object, Ours extends object> {
  /** Reported by the thread at its start. */
  readonly facts: FactsOf<Theirs>;
  readonly calls: BirpcReturn<Theirs, Ours>;
  /** Stops the thread after it has closed its resources. */
  close(): Promise<void>;
}

/** Starts the work of a thread, which may call the `served` functions. Rejects with the reason if the start fails. */
export async function startThread<Theirs extends Hosted<unknown>, Ours extends object>(
  name: string,
  served: Ours,
  { worker, onFailure }: ThreadOptions,
): Promise<Thread<Theirs, Ours>> {
  const calls = callsOver<Theirs, Ours>(worker, served);
  const hosted = calls as Hosted<FactsOf<Theirs>>;
  let closing = false;
  const failed = (error: Error) => {
    if (closing) return;
    closing = true;
    calls.$close(error);
    onFailure(error);
  };
  worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => failed(new Error(`${name} ended with code ${code}`)));
  const end = async () => {
    closing = true;
    await worker.terminate();
  };
  try {
    const facts = valueOf(await hosted.start());
    return {
      facts,
      calls,
      close: async () => {
        closing = true;
        valueOf(await hosted.close());
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Calls over a port: those of the other thread are returned, those `served` here are open to it. Calls have no timeout. */
export function callsOver<Theirs extends object, Ours extends object>(
  port: Pick<MessagePort | Worker, 'postMessage' | 'on'>,
  served: Ours,
): BirpcReturn<Theirs, Ours> {
  return createBirpc<Theirs, Ours>(served, {
    post: (message) => post(port, message),
    onGeneralError: isOfResult,
    on: (listener) => port.on('message', listener),
    timeout: -1,
  });
}
