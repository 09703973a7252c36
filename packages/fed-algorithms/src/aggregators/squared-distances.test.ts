import { expect, it } from 'vitest';
import { flatten, loadCases, type Nested } from '../../test/vectors.js';
import { createEngine } from '../engines/create-engine.js';
import { squaredNorms } from './squared-distances.js';

interface Tensors {
  readonly tensors?: Nested;
  readonly values?: Nested;
}
it.each(loadCases<Tensors, number | { l2: number }>('vector-norms'))(
  'the norm of a whole model is that of $id: $algorithm',
  async ({ input, expected }) => {
    const update = flatten(input.tensors ?? input.values ?? []);
    const read = async (_: number, start: number, target: Float32Array) =>
      target.set(update.subarray(start, start + target.length));
    const updates = { count: 1, size: update.length, weights: [1], read };
    const [squared] = await squaredNorms(updates, null, createEngine().columns);
    expect(Math.sqrt(squared!)).toBeCloseTo(typeof expected === 'number' ? expected : expected.l2, 6);
  },
);
