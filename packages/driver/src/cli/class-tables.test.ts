import { expect, it } from 'vitest';
import { classTables, evaluationOf, resultText } from './class-tables.js';
import { createStyle } from './style.js';

const validation = {
  key: { expt_id: 'mlp', run_id: 'r1', participant_id: 'alice' },
  evaluate: {
    res_path: '',
    samples: 10,
    loss: 0.4,
    score: 0.8,
    classes: ['benign', 'malign'],
    confusion: [
      [6, 1],
      [1, 2],
    ],
    statistics: {
      accuracy: [0.8, 0.8],
      roc_auc_score: [0.9, null],
      f_score: [0.8571428, 0.6666666],
      TPRs: [0.8571428, 0.6666666],
      PPVs: [0.8571428, 0.6666666],
      TPs: [6, 2],
      FNs: [1, 1],
    },
  },
};
const style = createStyle(false);

it('sums up a classification by accuracy and macro F1', () => {
  expect(resultText(evaluationOf(validation))).toBe('accuracy 0.8  macro F1 0.7619');
});

it('shows the classes by name, with their confusion', () => {
  expect(classTables([validation], style).split('\n')).toEqual([
    'mlp/r1/alice; → predicted as',
    'class   samples  precision  recall      F1  ROC AUC  → benign  → malign',
    'benign        7     0.8571  0.8571  0.8571      0.9         6         1',
    'malign        3     0.6667  0.6667  0.6667        –         1         2',
  ]);
});

it('shows classes of an older TTP by index, and none for a regression', () => {
  const { classes: _classes, confusion: _confusion, ...older } = validation.evaluate;
  expect(classTables([{ ...validation, evaluate: older }], style)).toMatch(/\n0 +7 .*\n1 +3 /);
  const regression = { ...validation, evaluate: { statistics: { R2: 0.5, MSE: 1, MAE: 0.25 } } };
  expect(classTables([regression], style)).toBe('');
  expect(resultText(evaluationOf(regression))).toBe('R2 0.5  MSE 1  MAE 0.25');
});
