import { describe, expect, it } from 'vitest';
import { preprocessingSchema, sharedPreprocessing, spaceOf, type CommonSpace } from './space.js';

const imputation = { numeric: 'median', category: 'most_frequent' } as const;
const space = (operations: CommonSpace['operations']): CommonSpace => ({
  datatype: 'tabular',
  features: ['age', 'sex_f', 'sex_m'],
  columns: [
    { name: 'age', type: 'numeric', ...(operations?.[0]?.scaling === 'federated' && { range: [10, 60] }) },
    { name: 'sex', type: 'category', levels: ['f', 'm'] },
  ],
  classes: ['ill', 'well'],
  ...(operations && { operations }),
});

describe('the shared preprocessing', () => {
  it('has no range with local scaling, and names where ranges are', () => {
    const shared = sharedPreprocessing(space([{ scaling: 'local', imputation }]), 'classify');
    expect(shared).toMatchObject({
      scaling: 'local',
      target: 'target',
      imputation,
      classes: ['ill', 'well'],
    });
    expect(shared.columns[0]).toEqual({ name: 'age', type: 'numeric', range: null, filler: null });
    expect(shared.notes[0]).toMatch(/^Ranges are each participant's own and stay with it/);
  });

  it('has the common ranges with federated scaling, and a filler only if it is the same at all', () => {
    const zero = { ...imputation, numeric: 'zero' } as const;
    const shared = sharedPreprocessing(space([{ scaling: 'federated', imputation: zero }]), 'classify');
    expect(shared.columns).toEqual([
      { name: 'age', type: 'numeric', range: [10, 60], filler: 0 },
      { name: 'sex', type: 'category', levels: ['f', 'm'], range: null, filler: null },
    ]);
    expect(shared.notes).toHaveLength(1);
  });

  it('is mixed if participants differ, and unknown of older alignments', () => {
    const other = { scaling: 'none', imputation } as const;
    const scalingOf = (operations: CommonSpace['operations']) =>
      sharedPreprocessing(space(operations), 'classify').scaling;
    expect(scalingOf([{ scaling: 'local', imputation }, other])).toBe('mixed');
    expect(scalingOf(undefined)).toBe('unknown');
  });

  it('is valid and gives back the space', () => {
    const from = space([{ scaling: 'federated', imputation }]);
    const shared = sharedPreprocessing(from, 'classify');
    expect(preprocessingSchema.parse(JSON.parse(JSON.stringify(shared)))).toEqual(shared);
    expect(spaceOf(shared)).toEqual(from);
  });
});
