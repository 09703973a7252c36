import { AlgorithmsError } from '../errors.js';
import type { DeviceChoice, EngineOnDevice } from './device.js';
import { importTfjsNode, type TfjsNodePackage } from './tfjs/import-tfjs-node.js';
import { createTfjsEngine } from './tfjs/tfjs-engine.js';

/** The GPU's package takes memory of every GPU as it loads. */
const PACKAGES: Readonly<Record<DeviceChoice, readonly TfjsNodePackage[]>> = {
  any: ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
  cpu: ['@tensorflow/tfjs-node'],
  gpu: ['@tensorflow/tfjs-node-gpu'],
};

/**
 * TensorFlow.js on TensorFlow's C library: `@tensorflow/tfjs-node-gpu` (CUDA) or `@tensorflow/tfjs-node`, both optional.
 * Throws `AlgorithmsError` (`engine_missing`) if none is installed that has the device.
 */
export async function loadTensorFlow(device: DeviceChoice): Promise<EngineOnDevice> {
  const { tf, gpu } = await importTfjsNode(PACKAGES[device]);
  if (device === 'gpu' && !gpu)
    throw new AlgorithmsError(
      'engine_missing',
      "TensorFlow finds no GPU: install NVIDIA's driver, CUDA 11 and cuDNN 8",
    );
  return { engine: createTfjsEngine('tensorflow', { tf, name: 'tensorflow' }), gpu };
}
