import { Worker } from 'node:worker_threads';
import { AlgorithmsError } from '../../errors.js';

/** A kernel's call: `key` names the module, so that a thread instantiates it once. */
export interface Call {
  readonly key: string;
  readonly module: WebAssembly.Module;
  readonly kernel: string;
  /** Numbers; addresses are in bytes of the shared memory. */
  readonly parameters: readonly number[];
}

export type RunCall = (call: Call) => Promise<void>;

/** Most instances that a thread keeps. */
const MOST_INSTANCES = 64;

/** As text, so that it needs no file of its own: bundlers and test runners would not find that. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const env = { memory: workerData };
const instances = new Map();
parentPort.on('message', ({ key, module, kernel, parameters }) => {
  let instance = instances.get(key);
  if (instance === undefined) {
    if (instances.size >= ${MOST_INSTANCES}) instances.clear();
    instances.set(key, (instance = new WebAssembly.Instance(module, { env })));
  }
  instance.exports[kernel](...parameters);
  parentPort.postMessage(null);
});
`;

interface Thread {
  readonly worker: Worker;
  /** Calls under way, oldest first: a thread answers in order. */
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
}

/** Runs calls on the calling thread. */
export function createLocalRunner(memory: WebAssembly.Memory): RunCall {
  const instances = new Map<string, WebAssembly.Instance>();
  return async ({ key, module, kernel, parameters }) => {
    let instance = instances.get(key);
    if (instance === undefined) {
      if (instances.size >= MOST_INSTANCES) instances.clear();
      instances.set(key, (instance = new WebAssembly.Instance(module, { env: { memory } })));
    }
    (instance.exports[kernel] as (...parameters: readonly number[]) => void)(...parameters);
  };
}

/** Runs each call on the least busy of `count` threads. They start with the first call, and keep no process alive. */
export function createThreads(memory: WebAssembly.Memory, count: number): RunCall {
  const threads: Thread[] = [];
  const start = () => {
    const worker = new Worker(THREAD, { eval: true, workerData: memory, execArgv: [] });
    const thread: Thread = { worker, waiting: [] };
    worker.unref();
    worker.on('message', () => {
      thread.waiting.shift()?.resolve();
      if (thread.waiting.length === 0) worker.unref();
    });
    worker.on('error', (cause) => end(thread, cause));
    worker.on('exit', () => end(thread));
    threads.push(thread);
    return thread;
  };
  const end = ({ waiting, worker }: Thread, cause?: unknown) => {
    const at = threads.findIndex((thread) => thread.worker === worker);
    if (at >= 0) threads.splice(at, 1);
    for (const { reject } of waiting.splice(0))
      reject(new AlgorithmsError('thread_ended', 'a thread of the engine simd ended', { cause }));
  };
  return (call) => {
    const idle = threads.find(({ waiting }) => waiting.length === 0);
    const thread =
      idle ??
      (threads.length < count
        ? start()
        : threads.reduce((least, other) => (other.waiting.length < least.waiting.length ? other : least)));
    return new Promise((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      // Whoever waits for an answer is not to see the process end.
      thread.worker.ref();
      thread.worker.postMessage(call);
    });
  };
}
