import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classificationStatistics, confusionOf, twoClassScores } from '../src/metrics/classification.js';
import { regressionStatistics } from '../src/metrics/regression.js';

interface Fixtures {
  readonly classification: readonly {
    readonly name: string;
    readonly targets: readonly number[];
    readonly scores: readonly number[];
    readonly classes: number;
    readonly expected: Readonly<
      Record<'roc_auc_score' | 'pr_auc_score' | 'f_score', readonly (number | null)[]>
    >;
  }[];
  readonly regression: readonly {
    readonly name: string;
    readonly targets: readonly number[];
    readonly predictions: readonly number[];
    readonly expected: Readonly<Record<'R2' | 'MSE' | 'MAE', number>>;
  }[];
}

const file = new URL('fixtures/scikit-learn.json', import.meta.url);
const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Fixtures;

describe('classification statistics', () => {
  it.each(fixtures.classification)(
    'agree with scikit-learn: $name',
    ({ targets, scores, classes, expected }) => {
      const statistics = classificationStatistics(targets, Float32Array.from(scores), classes);
      for (const name of ['roc_auc_score', 'pr_auc_score', 'f_score'] as const)
        expected[name].forEach((value, label) => {
          if (value === null) expect(statistics[name][label]).toBeNull();
          else expect(statistics[name][label]).toBeCloseTo(value, 12);
        });
    },
  );

  it('count each class against the rest', () => {
    const scores = Float32Array.from([0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7]);
    const statistics = classificationStatistics([0, 1, 1, 1], scores, 2);
    expect(statistics).toMatchObject({
      TPs: [1, 2],
      TNs: [2, 1],
      FPs: [1, 0],
      FNs: [0, 1],
      accuracy: [0.75, 0.75],
      TPRs: [1, 2 / 3],
      TNRs: [2 / 3, 1],
      PPVs: [0.5, 1],
      FDRs: [0.5, 0],
    });
  });

  it('are null, never NaN, if a class is absent or there is no sample', () => {
    const absent = classificationStatistics([0, 0], Float32Array.from([0.9, 0.1, 0.8, 0.2]), 2);
    expect(absent.roc_auc_score).toEqual([null, null]);
    expect([absent.TPRs[1], absent.PPVs[1], absent.f_score[1]]).toEqual([null, null, null]);
    const nothing = classificationStatistics([], new Float32Array(), 3);
    expect(nothing.accuracy).toEqual([null, null, null]);
    expect(JSON.stringify([absent, nothing])).not.toContain('NaN');
  });

  it('treat the probability of one unit as two classes', () => {
    expect([...twoClassScores(Float32Array.from([0.25, 1]))]).toEqual([0.75, 0.25, 0, 1]);
  });
});

describe('regression statistics', () => {
  it.each(fixtures.regression)('agree with scikit-learn: $name', ({ targets, predictions, expected }) => {
    const statistics = regressionStatistics(targets, predictions);
    for (const name of ['R2', 'MSE', 'MAE'] as const)
      expect(statistics[name]).toBeCloseTo(expected[name], 12);
  });

  it('have no R2 for a constant target or a single sample', () => {
    expect(regressionStatistics([2, 2], [1, 3])).toEqual({ R2: null, MSE: 1, MAE: 1 });
    expect(regressionStatistics([2], [1]).R2).toBeNull();
    const tenths = Array.from({ length: 10 }, () => 0.1);
    expect(
      regressionStatistics(
        tenths,
        tenths.map((value) => value + 1),
      ).R2,
    ).toBeNull();
    expect(regressionStatistics([], [])).toEqual({ R2: null, MSE: null, MAE: null });
  });
});

it('counts samples by class and predicted class in the confusion matrix', () => {
  expect(confusionOf([0, 0, 1, 2, 2], [0, 1, 1, 0, 2], 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 1],
  ]);
});
