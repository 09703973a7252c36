import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission } from './admission.js';

/** Who is admitted as updates come, in that order, and who is not in the end. */
function admit(sizes: readonly (number | null)[], factor: number) {
  const admitted: string[] = [];
  const admission = new Admission(sizes.length, factor, (name) => void admitted.push(name));
  sizes.forEach((size, index) => {
    if (size === null) admission.leave();
    else admission.add(String(index), { update: size });
  });
  const early = admitted.length;
  const outliers = admission.close();
  return { admitted, early, outliers: outliers.map(({ participant }) => Number(participant)) };
}

describe('the admission of updates', () => {
  it('admits all but those above the factor times the lower median of all that came', () => {
    const size = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 9 }), fc.constantFrom(1, 2, 5), (sizes, factor) => {
        const came = sizes.flatMap((one) => one ?? []).sort((a, b) => a - b);
        const median = came[(came.length - 1) >> 1] ?? 0;
        const expected = sizes.flatMap((one, index) =>
          one !== null && came.length >= 3 && median > 0 && one > factor * median ? [index] : [],
        );
        const { admitted, outliers } = admit(sizes, factor);
        expect(outliers).toEqual(expected);
        expect(admitted.toSorted()).toEqual(
          sizes.flatMap((one, index) => (one === null || expected.includes(index) ? [] : [String(index)])),
        );
      }),
    );
  });

  it('does not wait for the last once more than half have come', () => {
    expect(admit([1, 2, 3, 4, 5, 6], 1000).early).toBe(6);
    const admitted: string[] = [];
    const admission = new Admission(5, 1000, (name) => void admitted.push(name));
    for (const name of ['a', 'b']) admission.add(name, { update: 1 });
    expect(admitted).toEqual([]);
    admission.add('c', { update: 1 });
    expect(admitted).toEqual(['a', 'b', 'c']);
    admission.add('d', { update: 1e9 });
    expect(admitted).toEqual(['a', 'b', 'c']);
  });

  it('admits all at once with the factor 0', () => {
    const admitted: string[] = [];
    const admission = new Admission(3, 0, (name) => void admitted.push(name));
    admission.add('a', { update: 1e30 });
    expect(admitted).toEqual(['a']);
    expect(admission.close()).toEqual([]);
  });

  it('compares each kind of size with its own', () => {
    const admission = new Admission(3, 10, () => undefined);
    admission.add('a', { update: 1, delta_c: 100 });
    admission.add('b', { update: 1, delta_c: 100 });
    admission.add('c', { update: 1, delta_c: 5000 });
    expect(admission.close()).toEqual([{ participant: 'c', of: 'delta_c', size: 5000, median: 100 }]);
  });
});
