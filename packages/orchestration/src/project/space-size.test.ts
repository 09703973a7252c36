import type { DescribeReply } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { commonSpace } from './common-space.js';
import { checkSpaceSize } from './space-size.js';

function described(levels: number, samples: number): Record<string, DescribeReply> {
  const codes = Array.from({ length: levels }, (_, at) => `ICD-${at}`);
  const columns = [{ name: 'code', type: 'category' as const, levels: codes }];
  const train = { datatype: 'tabular' as const, samples, columns, classes: ['n', 'y'], version: 'v' };
  return { north: { train, evaluate: null, predict: null } };
}
const check = (levels: number, samples: number) => {
  const descriptions = described(levels, samples);
  return () => checkSpaceSize(commonSpace(descriptions), descriptions);
};

describe('the size of a feature space', () => {
  it('is refused beyond 100,000 features, with the column of most levels', () => {
    expect(check(100_000, 10)).not.toThrow();
    expect(check(100_001, 10)).toThrow(
      /^the data gives 100001 features; at most 100000 are supported; column 'code' alone has 100001 levels/,
    );
  });

  it('is refused if the rows of a participant need more than 4 GiB', () => {
    expect(check(32_000, 16_000)).not.toThrow();
    expect(check(60_000, 30_000)).toThrow(/^north: 30000 rows of 60000 features need 7 GiB of memory/);
  });

  it('is not limited by rows up to 10,000 features', () => {
    expect(check(200, 100_000_000)).not.toThrow();
  });
});
