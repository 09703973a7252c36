import { AlgorithmsError } from '../errors.js';
import type { Engine } from './engine.js';
import type { DeviceChoice } from './device.js';
import { importTfjsNode } from './tfjs/import-tfjs-node.js';
import { createTfjsEngine } from './tfjs/tfjs-engine.js';

/**
 * TensorFlow.js on TensorFlow's C library: `@tensorflow/tfjs-node-gpu` (CUDA) or `@tensorflow/tfjs-node`, both optional.
 * Throws `AlgorithmsError` (`engine_missing`) where none is installed, or has the device that is asked for.
 */
export async function loadTensorFlow(device: DeviceChoice): Promise<Engine> {
  const {
    tf,
    gpu,
    package: name,
  } = await importTfjsNode(
    // The other one would take memory of every GPU as it loads.
    device === 'cpu' ? ['@tensorflow/tfjs-node'] : ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
  );
  if (device === 'gpu' && !gpu)
    throw new AlgorithmsError(
      'engine_missing',
      name === '@tensorflow/tfjs-node'
        ? `${name} computes on the CPU: npm install @tensorflow/tfjs-node-gpu`
        : `${name} finds no GPU: install NVIDIA's driver, CUDA 11 and cuDNN 8`,
    );
  return createTfjsEngine('tensorflow', { tf, name: 'tensorflow' });
}
