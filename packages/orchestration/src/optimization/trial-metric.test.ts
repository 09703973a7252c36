import { describe, expect, it } from 'vitest';
import { metricIn, metricsOf } from './trial-metric.js';

const validation = (samples: number, statistics: object, loss = 0.5) => ({
  evaluate: { statistics, samples, loss, score: null, res_path: '' },
});

describe('a metric of all participants together', () => {
  it('is their mean, weighted by samples', () => {
    expect(metricIn([validation(1, { R2: 0.2 }), validation(3, { R2: 0.6 })], 'R2')).toBeCloseTo(0.5);
    expect(metricIn([validation(1, {}, 1), validation(3, {}, 2)], 'loss')).toBeCloseTo(1.75);
  });

  it('is the mean of the classes where it has a value a class, without those that are undefined', () => {
    const statistics = { accuracy: [0.5, null, 1], f_score: [null, null] };
    expect(metricIn([validation(2, statistics)], 'accuracy')).toBeCloseTo(0.75);
    expect(metricIn([validation(2, statistics), validation(5, { f_score: [0.4] })], 'f_score')).toBeCloseTo(
      0.4,
    );
  });

  it('is null where it is undefined at all of them', () => {
    expect(metricIn([validation(2, { R2: null }), validation(2, {})], 'R2')).toBeNull();
    expect(metricIn([validation(2, {})], 'score')).toBeNull();
    expect(metricIn([], 'R2')).toBeNull();
  });
});

it('errors are good where they are low, all else where it is high', () => {
  expect(metricsOf('regress').get('MSE')).toBe('min');
  expect([...metricsOf('regress').keys()][0]).toBe('R2');
  expect(metricsOf('classify').get('FPRs')).toBe('min');
  expect(metricsOf('classify').get('accuracy')).toBe('max');
});
