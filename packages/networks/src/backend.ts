import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { registerTensorFlow } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { NetworkError } from './errors.js';

/** `tensorflow` needs an optional package: `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`. */
export type BackendName = 'cpu' | 'wasm' | 'tensorflow';

export interface Backend {
  readonly name: BackendName;
  /** Computes on this backend; tensors made meanwhile are freed, so only plain values may leave. */
  run<T extends number | Float32Array | object>(compute: () => T): T;
}

const started = new Map<BackendName, Promise<Backend>>();

/** Loads a backend on first use. */
export function startBackend(name: BackendName): Promise<Backend> {
  const running = started.get(name) ?? start(name);
  started.set(name, running);
  running.catch(() => started.delete(name));
  return running;
}

async function start(name: BackendName): Promise<Backend> {
  // Production mode leaves out shape checks of what is checked already, and an advertisement on the console.
  tf.enableProdMode();
  if (name === 'wasm') {
    const installed = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(installed) + sep);
    // Sums over threads would come out differently on machines with other numbers of cores.
    setThreadsCount(1);
  }
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  if (name === 'tensorflow') await importTensorFlow();
  if (!(await tf.setBackend(name)))
    throw new NetworkError('backend_unavailable', `the TensorFlow.js backend '${name}' does not start`);
  return {
    name,
    run(compute) {
      // Switching to a started backend is synchronous; the promise carries no information.
      if (tf.getBackend() !== name) void tf.setBackend(name);
      let result: ReturnType<typeof compute> | undefined;
      tf.tidy(() => {
        result = compute();
      });
      return result!;
    },
  };
}

async function importTensorFlow(): Promise<void> {
  try {
    await registerTensorFlow();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NetworkError('backend_unavailable', `backend 'tensorflow': ${reason}`, { cause });
  }
}
