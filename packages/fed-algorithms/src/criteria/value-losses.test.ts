import { expect, it } from 'vitest';
import { hinge } from './value-losses.js';

it('HingeEmbeddingLoss of NaN is NaN, for either target', () => {
  for (const target of [0, 1]) expect(hinge(1)(NaN, target, 0)[0]).toBeNaN();
  expect(hinge(1)(0.25, 1, 0)).toEqual([0.75, -1]);
  expect(hinge(1)(1.5, 1, 0)).toEqual([0, 0]);
});
