import { expect, it } from 'vitest';
import { parseDuration } from './duration.js';
import { schedulerNamed, searcherNamed } from './names.js';

it.each([
  ['tpe', 'tpe', false],
  ['TPE', 'tpe', false],
  ['OptunaSearch', 'tpe', true],
  ['HyperOptSearch', 'tpe', true],
  ['BasicVariantGenerator', 'random', true],
  ['GridSearch', 'grid', true],
  ['Sobol', 'halton', true],
] as const)('searcher %s is %s', (name, found, isNearest) => {
  expect(searcherNamed(name)).toMatchObject({ found: { name: found }, isNearest });
});

it.each([
  ['FIFOScheduler', 'none', true],
  ['AsyncHyperBandScheduler', 'asha', true],
  ['ASHA', 'asha', false],
  ['HyperBandScheduler', 'hyperband', true],
  ['MedianStoppingRule', 'median-stopping', true],
  ['median_stopping', 'median-stopping', false],
] as const)('scheduler %s is %s', (name, found, isNearest) => {
  expect(schedulerNamed(name)).toMatchObject({ found: { name: found }, isNearest });
});

it('a name that nobody knows is none', () => {
  expect(searcherNamed('guess')).toBeUndefined();
  expect(schedulerNamed('')).toBeUndefined();
});

it.each([
  ['1h', 3_600_000],
  ['1h 30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['2d12h', 216_000_000],
  ['90S', 90_000],
  ['1w', 604_800_000],
  ['', undefined],
  ['1', undefined],
  ['an hour', undefined],
  ['1h and more', undefined],
  ['-1h', undefined],
])('%j is %j ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
