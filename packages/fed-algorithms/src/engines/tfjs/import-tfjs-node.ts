import util from 'node:util';
import { AlgorithmsError } from '../../errors.js';
import { importOptional } from '../import-optional.js';
import type { Tfjs } from './backend.js';

export type TfjsNodePackage = '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';

export interface TfjsNode {
  readonly tf: Tfjs;
  /** Whether it computes on a GPU. */
  readonly gpu: boolean;
}

/** Functions that tfjs-node 4.22 calls and Node.js 23 has no more. */
const removed = {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown) => value === null || value === undefined,
};

/**
 * The first of the optional packages that is installed; its backend is called 'tensorflow'.
 * Throws `AlgorithmsError` (`engine_missing`) if none is, or where it does not load.
 */
export async function importTfjsNode(packages: readonly TfjsNodePackage[]): Promise<TfjsNode> {
  for (const [name, value] of Object.entries(removed))
    if (!(name in util)) Object.defineProperty(util, name, { value });
  for (const name of packages) {
    const tf = await importOptional<Tfjs>(name);
    if (tf === undefined) continue;
    const backend = tf.engine().findBackend('tensorflow') as { isUsingGpuDevice?: boolean };
    return { tf, gpu: backend.isUsingGpuDevice === true };
  }
  throw new AlgorithmsError(
    'engine_missing',
    `TensorFlow is not installed: npm install ${packages.join(' or ')}`,
  );
}
