import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../model/index.js';
import { choosePruning } from './pruning.js';

/** Two layers: weights that may be pruned, and biases that may not. */
function manifestOf(first: number, second: number): Manifest {
  const sizes = [
    ['0.weight', [1, first]],
    ['0.bias', [1]],
    ['1.weight', [1, second]],
    ['1.bias', [1]],
  ] as const;
  let offset = 0;
  const tensors = sizes.map(([name, shape]) => {
    const size = shape.reduce((product: number, length) => product * length, 1);
    const tensor = { name, shape, offset, size, trainable: true };
    offset += size;
    return tensor;
  });
  return { tensors, size: offset };
}

const choose = (
  manifest: Manifest,
  importance: readonly number[],
  { constantSeconds = 1, layerSeconds = (_layer: number): number => 1 } = {},
) => [
  ...choosePruning({ manifest, importance: Float64Array.from(importance), layerSeconds, constantSeconds }),
];

describe('choosePruning', () => {
  it('keeps weights in the order of importance by time, as long as that raises γ', () => {
    // A second a weight in both layers: 3 + 1 and 2 + 1 weights.
    const manifest = manifestOf(3, 2);
    const layerSeconds = (layer: number) => (layer === 0 ? 4 : 3);
    // Biases: γ = 0 / (1 + 2). Then 9: γ = 9/4; 6 ≥ 9/4: 15/5; 3 ≥ 3: 18/6; 2 < 3 and what is left.
    expect(choose(manifest, [9, 2, 3, 0, 6, 1, 0], { layerSeconds })).toEqual([0, 1, 0, 0, 0, 1, 0]);
  });

  it('prefers the layer whose weights cost less time', () => {
    const manifest = manifestOf(1, 1);
    const layerSeconds = (layer: number) => (layer === 0 ? 200 : 2);
    expect(choose(manifest, [5, 0, 9, 0], { layerSeconds: () => 2 })).toEqual([0, 0, 0, 0]);
    expect(choose(manifest, [5, 0, 9, 0], { layerSeconds })).toEqual([1, 0, 0, 0]);
  });

  it('keeps all weights if their time is negligible compared with the constant', () => {
    const kept = choose(manifestOf(3, 2), [5, 1, 2, 0, 3, 4, 0], { constantSeconds: 1e9 });
    expect(kept).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('never masks a bias or a buffer', () => {
    const manifest = manifestOf(2, 2);
    const importance = [1, 1, 0, 1, 1, 0];
    const masked = choose(manifest, importance);
    for (const { name, offset } of manifest.tensors)
      if (name.endsWith('.bias')) expect(masked[offset]).toBe(0);
  });

  it('finds a mask of no smaller γ than any other', () => {
    const value = fc.integer({ min: 0, max: 20 });
    const importances = fc.array(value, { minLength: 7, maxLength: 7 });
    const seconds = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(importances, seconds, seconds, seconds, (importance, first, second, constantSeconds) => {
        const manifest = manifestOf(3, 2);
        const prunable = [0, 1, 2, 4, 5];
        const secondsOf = (i: number) => (i < 4 ? first / 4 : second / 3);
        const gamma = (masked: readonly number[]) => {
          const kept = masked.flatMap((one, i) => (one === 1 ? [] : [i]));
          const sum = (of: (i: number) => number) => kept.reduce((total, i) => total + of(i), 0);
          return sum((i) => importance[i]!) / (constantSeconds + sum(secondsOf));
        };
        const layerSeconds = (layer: number) => (layer === 0 ? first : second);
        const chosen = gamma(choose(manifest, importance, { constantSeconds, layerSeconds }));
        for (let subset = 0; subset < 2 ** prunable.length; subset++) {
          const masked = Array.from({ length: 7 }, () => 0);
          for (const [bit, i] of prunable.entries()) masked[i] = (subset >> bit) & 1;
          expect(chosen).toBeGreaterThanOrEqual(gamma(masked) - 1e-9);
        }
      }),
    );
  });
});
