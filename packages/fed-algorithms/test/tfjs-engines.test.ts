import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { engines } from './engines.js';

const onTfjs = engines.filter(({ name }) => name === 'tensorflow' || name === 'webgpu');

it.skipIf(onTfjs.length === 0).each([5, 70])(
  'the kernels leave no tensor of %i updates on the device',
  { timeout: 60_000 },
  async (count) => {
    const updates = Array.from({ length: count }, (_, k) => new Float32Array(1024).fill(k));
    const out = new Float32Array(1024);
    for (const { name, columns } of onTfjs) {
      const before = tf.memory().numTensors;
      await columns.median(updates, out);
      await columns.trimmedMean(updates, 1, out);
      await columns.meanAround(updates, null, 3, out);
      await columns.meanAround(updates, updates[0]!, 3, out);
      await columns.addSquaredDistances(updates, new Float64Array(count * count));
      expect(tf.memory().numTensors, name).toBe(before);
    }
  },
);
