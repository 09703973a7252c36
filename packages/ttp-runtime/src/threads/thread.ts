import type { MessagePort, Worker } from 'node:worker_threads';
import { type Outcome, valueOf } from '@synergos/contract';
import { isOfResult, post } from '@synergos/rpc-core/threads';
import { createBirpc, type BirpcReturn } from 'birpc';

export interface ThreadOptions {
  /** Begun already, by whoever has other things to load meanwhile; its module hosts what the thread is for. */
  readonly worker: Worker;
  /** The thread ended although nobody asked for it. */
  readonly onFailure: (error: Error) => void;
}

/** What every thread serves. */
interface Hosted<Facts> {
  start(): Promise<Outcome<Facts>>;
  close(): Promise<Outcome<void>>;
}
type FactsOf<Theirs> = Theirs extends Hosted<infer Facts> ? Facts : never;

export interface Thread<Theirs extends object, Ours extends object> {
  /** What it told of itself at its start. */
  readonly facts: FactsOf<Theirs>;
  readonly calls: BirpcReturn<Theirs, Ours>;
  /** Has it end in good order. */
  close(): Promise<void>;
}

/** Has a thread start what it is for, which may call what is `served`; rejects with the reason if it cannot. */
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

/** What the other thread serves; it may call what is `served` here. No call ends by a clock: work takes as long as it takes. */
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
