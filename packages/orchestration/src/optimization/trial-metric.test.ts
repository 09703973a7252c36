import { describe, expect, it } from 'vitest';
import { metricIn } from './trial-metric.js';

const validation = (samples: number, statistics: object, loss = 0.5, participant_id = 'a') => ({
  key: { participant_id },
  body: { evaluate: { statistics, samples, loss, score: null, res_path: '' } },
});

describe('a metric of all participants together', () => {
  it('is their mean, weighted by samples', () => {
    expect(metricIn([validation(1, { R2: 0.2 }), validation(3, { R2: 0.6 })], 'R2')).toBeCloseTo(0.5);
    expect(metricIn([validation(1, {}, 1), validation(3, {}, 2)], 'loss')).toBeCloseTo(1.75);
  });

  it('is the same, to the last bit, in whichever order the validations were made', () => {
    const made = (order: readonly string[]) =>
      order.map((name) => validation(1, { R2: { a: 0.1, b: 0.2, c: 0.3 }[name] }, 0.5, name));
    expect(metricIn(made(['c', 'b', 'a']), 'R2')).toBe(metricIn(made(['a', 'b', 'c']), 'R2'));
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
