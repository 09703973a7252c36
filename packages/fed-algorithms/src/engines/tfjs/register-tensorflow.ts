import { importTfjsNode } from './import-tfjs-node.js';

/**
 * Gives TensorFlow.js the backend 'tensorflow', of `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`.
 * Throws `AlgorithmsError` (`engine_missing`) if neither is installed, or it does not load.
 */
export async function registerTensorFlow(): Promise<void> {
  await importTfjsNode(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
}
