import { expect, it } from 'vitest';
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

it('returns undefined for an unknown name', () => {
  expect(searcherNamed('guess')).toBeUndefined();
  expect(schedulerNamed('')).toBeUndefined();
});
