import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dimensionsOf, type Numeric } from './dimension.js';
import { normalCdf, normalQuantile } from './normal-distribution.js';
import { searchSpaceSchema } from './parameters.js';

function numeric(_type: string, ..._value: number[]): Numeric {
  const [dimension] = dimensionsOf(searchSpaceSchema.parse({ x: { _type, _value } }));
  if (dimension?.kind !== 'numeric') throw new Error('not numeric');
  return dimension;
}

const spread = (dimension: Numeric) =>
  Array.from({ length: 10_000 }, (_, at) => dimension.fromUnit((at + 0.5) / 10_000));
const distinct = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

it.each([
  ['uniform', [-2, 3]],
  ['loguniform', [1e-5, 10]],
] as const)('%s keeps within its ends and falls evenly', (type, [low, high]) => {
  const values = spread(numeric(type, low, high));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...values)).toBeLessThanOrEqual(high);
  const middle = type === 'uniform' ? (low + high) / 2 : Math.sqrt(low * high);
  expect(values.filter((value) => value < middle)).toHaveLength(5000);
});

it.each([
  ['quniform', [0, 0.5, 0.1], [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
  ['qloguniform', [1, 4, 1], [1, 2, 3, 4]],
  ['randint', [-1, 3], [-1, 0, 1, 2]],
  ['lograndint', [1, 5], [1, 2, 3, 4]],
  ['qrandint', [8, 32, 8], [8, 16, 24, 32]],
  ['qlograndint', [16, 64, 16], [16, 32, 48, 64]],
] as const)('%s of %j takes these values and no others', (type, value, expected) => {
  const dimension = numeric(type, ...value);
  expect(distinct(spread(dimension))).toEqual(expected);
  const { count = 0, at } = dimension.lattice ?? {};
  expect(Array.from({ length: count }, (_, index) => at?.(index))).toEqual(expected);
});

it.each(['normal', 'randn'])('%s has the mean and the deviation that it was given', (type) => {
  const values = spread(numeric(type, 5, 2));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(5, 3);
  expect(Math.sqrt(variance)).toBeCloseTo(2, 2);
});

it('qrandn is rounded to its steps', () => {
  expect(distinct(spread(numeric('qrandn', 0, 1, 0.5))).every((value) => Number.isInteger(2 * value))).toBe(
    true,
  );
});

it('a value comes back from its share', () => {
  const kinds = [
    numeric('uniform', -1, 1),
    numeric('loguniform', 1e-6, 1),
    numeric('quniform', 0, 1, 0.05),
    numeric('qloguniform', 1, 100, 0.5),
    numeric('randint', 0, 1000),
    numeric('lograndint', 1, 1000),
    numeric('qrandint', 10, 90, 10),
    numeric('qrandn', 0, 3, 0.25),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.double({ min: 0, max: 0.999, noNaN: true }), (kind, unit) => {
      const value = kind.fromUnit(unit);
      expect(kind.fromUnit(kind.toUnit(value))).toBeCloseTo(value, 5);
    }),
  );
});

it('the quantile of the normal distribution undoes its distribution function', () => {
  // From tables: Φ(1.96) = 0.9750021, Φ⁻¹(0.999) = 3.0902323.
  expect(normalCdf(1.96)).toBeCloseTo(0.9750021, 6);
  expect(normalQuantile(0.999)).toBeCloseTo(3.0902323, 6);
  for (let p = 0.001; p < 1; p += 0.001) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 6);
});

it('what says neither _type nor _value is a value that all trials share', () => {
  expect(searchSpaceSchema.parse({ lr: 0.1, start_from: { expt_id: 'e', run_id: 'r' } })).toEqual({
    lr: { _type: 'choice', _value: [0.1] },
    start_from: { _type: 'choice', _value: [{ expt_id: 'e', run_id: 'r' }] },
  });
});

it.each([
  [{ lr: { _type: 'unifrom', _value: [0, 1] } }, 'lr._type', /unknown _type "unifrom"; supported: choice, /],
  [{ lr: { _value: [0, 1] } }, 'lr._type', /unknown _type \(none\)/],
  [{ lr: { _type: 'uniform', _value: [1, 1] } }, 'lr._value', /low below high/],
  [{ lr: { _type: 'uniform', _value: [1, 0] } }, 'lr._value', /low below high/],
  [{ lr: { _type: 'loguniform', _value: [0, 1] } }, 'lr._value.0', />0/],
  [{ lr: { _type: 'quniform', _value: [0, 1] } }, 'lr._value', /./],
  [{ lr: { _type: 'quniform', _value: [0, 1, 0] } }, 'lr._value.2', />0/],
  [{ lr: { _type: 'choice', _value: [] } }, 'lr._value', /at least one value/],
  [{ lr: { _type: 'randint', _value: [0.5, 3] } }, 'lr._value.0', /int/],
  [{ lr: { _type: 'uniform', _value: [0, 1], low: 0 } }, 'lr', /low/],
  [{}, '', /at least one hyperparameter/],
])('%j is refused at %s', (space, path, message) => {
  const { error } = searchSpaceSchema.safeParse(space);
  expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  expect(error?.issues.map((issue) => issue.message).join()).toMatch(message);
});
