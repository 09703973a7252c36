import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createManifest, parseModel } from '../model/index.js';
import { cutModel, joinVectors } from './cut-model.js';

const linear = (in_features: number, out_features: number) => ({
  l_type: 'Linear',
  structure: { in_features, out_features },
});
const model = parseModel([
  linear(4, 3),
  { l_type: 'Dropout', structure: { p: 0.5 } },
  linear(3, 2),
  linear(2, 1),
]);

describe('cutModel', () => {
  it.each([
    [1, 15],
    [2, 15],
    [3, 23],
  ])('before layer %i leaves the first %i values below', (L, lowerSize) => {
    const cut = cutModel(model, L);
    expect(cut.lowerSize).toBe(lowerSize);
    expect([...cut.lower, ...cut.upper]).toEqual(model);
    expect(cut.lower).toHaveLength(L);
    const upper = createManifest(cut.upper);
    expect(cut.lowerSize + upper.size).toBe(createManifest(model).size);
  });

  it('refuses a cut that leaves nothing above, by name', () => {
    expect(() => cutModel(model, 4)).toThrow(
      expect.objectContaining({
        code: 'invalid_arguments',
        message: 'L: the model has 4 layers: expected a cut from 1 to 3, got 4',
      }),
    );
  });

  it('joins again what it cut', () => {
    const values = fc.float32Array({ noNaN: true, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.nat(40), (all, at) => {
        const place = Math.min(at, all.length);
        expect(joinVectors(all.subarray(0, place), all.subarray(place))).toEqual(all);
      }),
    );
  });
});
