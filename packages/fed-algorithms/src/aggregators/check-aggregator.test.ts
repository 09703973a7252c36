import { describe, expect, it } from 'vitest';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import { toleranceOf } from './check-aggregator.js';

const parse = (raw: object) => parseRunArguments(createRegistry(), { algorithm: 'FedAvg', ...raw }).arguments;

describe('a run whose rule protects from nothing', () => {
  it.each([
    [{ aggregator: 'multi-krum' }, /^byzantine: multi-krum with byzantine 0 protects from nothing/],
    [{ aggregator: 'bulyan', byzantine: 0 }, /^byzantine: bulyan .* at least 1$/],
    [{ aggregator: 'trimmed-mean', trim: 0 }, /^trim: trimmed-mean with trim 0 cuts nothing/],
  ])('is refused: %o', (raw, message) => {
    expect(() => parse(raw)).toThrow(message);
  });

  it('is not one that names another rule', () => {
    for (const raw of [{ byzantine: 0, trim: 0 }, { aggregator: 'median', trim: 0 }, { aggregator: 'krum' }])
      expect(() => parse(raw)).not.toThrow();
  });
});

describe('a rule whose options are sizes of updates', () => {
  it.each(['norm-clipping', 'centered-clipping', 'fixed-point'])(
    '%s is refused if vectors are sent with the updates',
    (aggregator) => {
      expect(() => parse({ algorithm: 'SCAFFOLD', aggregator })).toThrow(
        /^aggregator: SCAFFOLD sends delta_c/,
      );
      expect(() => parse({ algorithm: 'FedDyn', aggregator })).not.toThrow();
    },
  );
});

describe('what a rule tolerates', () => {
  it.each([
    [{}, 9, 0],
    [{ aggregator: 'median' }, 9, 4],
    [{ aggregator: 'median' }, 8, 3],
    [{ aggregator: 'geometric-median' }, 1, 0],
    [{ aggregator: 'trimmed-mean' }, 9, 1],
    [{ aggregator: 'trimmed-mean' }, 2, 0],
    [{ aggregator: 'trimmed-mean', trim: 0.3 }, 10, 3],
    [{ aggregator: 'krum' }, 9, 0],
    [{ aggregator: 'multi-krum', byzantine: 2 }, 9, 2],
    [{ aggregator: 'norm-clipping' }, 9, 0],
  ])('%o of %i updates: %i', (raw, count, tolerates) => {
    expect(toleranceOf({}, parse(raw), count)?.tolerates).toBe(tolerates);
  });

  it("is not known of an algorithm's own rule", () => {
    expect(toleranceOf({ aggregator: () => undefined as never }, parse({}), 3)).toBeUndefined();
  });
});
