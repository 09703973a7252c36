import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { AlgorithmsError } from '../../errors.js';

/** A kernel's calls, in any order: `key` names the module, so that a thread instantiates it once. */
export interface Calls {
  readonly key: string;
  readonly module: WebAssembly.Module;
  readonly kernel: string;
  /** Of each call the parameters; addresses are in bytes of the shared memory. */
  readonly parameters: readonly (readonly number[])[];
}

export type RunCalls = (calls: Calls) => Promise<void>;

/** Longest time for calls on the calling thread before other tasks of the event loop run. */
const TURN_MS = 10;
/** Maximum number of instances that a thread caches. */
const MOST_INSTANCES = 64;

/** As text instead of a separate file, which bundlers and test runners would not find. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const env = { memory: workerData };
const instances = new Map();
parentPort.on('message', ({ key, module, kernel, parameters, taken }) => {
  let instance = instances.get(key);
  if (instance === undefined) {
    if (instances.size >= ${MOST_INSTANCES}) instances.clear();
    instances.set(key, (instance = new WebAssembly.Instance(module, { env })));
  }
  for (let at; (at = Atomics.add(taken, 0, 1)) < parameters.length;) instance.exports[kernel](...parameters[at]);
  parentPort.postMessage(null);
});
`;

interface Thread {
  readonly worker: Worker;
  /** What it is asked to take part in, oldest first: a thread answers in order. */
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
}

/** Runs calls on the calling thread. */
export function createLocalRunner(memory: WebAssembly.Memory): RunCalls {
  const instances = new Map<string, WebAssembly.Instance>();
  return async ({ key, module, kernel, parameters }) => {
    let instance = instances.get(key);
    if (instance === undefined) {
      if (instances.size >= MOST_INSTANCES) instances.clear();
      instances.set(key, (instance = new WebAssembly.Instance(module, { env: { memory } })));
    }
    const run = instance.exports[kernel] as (...parameters: readonly number[]) => void;
    let turn = performance.now();
    for (const each of parameters) {
      if (performance.now() - turn > TURN_MS) {
        await setImmediate();
        turn = performance.now();
      }
      run(...each);
    }
  };
}

/**
 * Runs calls on `count` threads: one on the least busy thread; several on all of them, each taking the next one as it is done
 * with the last. Threads start when they are first needed, and keep no process alive.
 */
export function createThreads(memory: WebAssembly.Memory, count: number): RunCalls {
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
  const leastBusy = () =>
    threads.find(({ waiting }) => waiting.length === 0) ??
    (threads.length < count
      ? start()
      : threads.reduce((least, other) => (other.waiting.length < least.waiting.length ? other : least)));
  const all = (most: number) => {
    while (threads.length < Math.min(most, count)) start();
    return threads.slice(0, most);
  };
  return async (calls) => {
    const asked = calls.parameters.length === 1 ? [leastBusy()] : all(calls.parameters.length);
    const message = { ...calls, taken: new Int32Array(new SharedArrayBuffer(4)) };
    const answers = asked.map(
      (thread) =>
        new Promise<void>((resolve, reject) => {
          thread.waiting.push({ resolve, reject });
          // Keeps the process alive while a caller waits for an answer.
          thread.worker.ref();
          thread.worker.postMessage(message);
        }),
    );
    // All threads must have stopped writing before the caller continues.
    await Promise.allSettled(answers);
    await Promise.all(answers);
  };
}
