import { expect, it } from 'vitest';
import { builtInComponents } from '../components.js';
import { InvalidArguments } from '../errors.js';
import { checkCriterion, outputKind } from './check-criterion.js';
import { parseModel } from './definition.js';

const criteria = builtInComponents.criteria.names;

const ending = (activation: string | null, out_features: number) =>
  parseModel([{ l_type: 'Linear', structure: { in_features: 2, out_features }, activation }]);

it.each([
  ['BCELoss', 'sigmoid', 1],
  ['BCELoss', 'softmax', 3],
  ['NLLLoss', 'sigmoid', 1],
  ['NLLLoss', 'softmax', 3],
  ['NLLLoss', 'log_softmax', 3],
  ['CrossEntropyLoss', 'softmax', 3],
  ['CrossEntropyLoss', null, 3],
  ['BCEWithLogitsLoss', null, 1],
] as const)('%s reads %s over %s units to classify', (criterion, activation, units) => {
  checkCriterion(ending(activation, units), criterion, 'classify');
});

it.each([
  [
    'NLLLoss',
    null,
    3,
    'classify',
    'criterion',
    /an output without sigmoid or softmax .*use .*CrossEntropyLoss/,
  ],
  ['BCELoss', 'relu', 1, 'classify', 'criterion', /use .*BCEWithLogitsLoss/],
  ['BCELoss', null, 1, 'regress', 'criterion', /to regress: use L1Loss, MSELoss/],
  ['MSELoss', 'softmax', 3, 'regress', 'criterion', /another activation/],
  ['BCELoss', 'softmax', 1, 'classify', 'model', /softmax over one unit is constant/],
  ['MSELoss', null, 2, 'regress', 'model', /the model gives 2/],
] as const)(
  '%s on %s over %s units to %s is refused',
  (criterion, activation, units, action, path, message) => {
    const check = () => checkCriterion(ending(activation, units), criterion, action);
    expect(check).toThrow(InvalidArguments);
    expect(check).toThrow(
      expect.objectContaining({ issues: [{ path, message: expect.stringMatching(message) as string }] }),
    );
  },
);

it.each([
  ['CrossEntropyLoss', 'softmax', 3, { weight: [1, 2] }, 'weight', 'class: expected 3, got 2'],
  ['NLLLoss', 'sigmoid', 1, { weight: [1, 2, 3] }, 'weight', 'class: expected 2, got 3'],
  ['BCELoss', 'sigmoid', 1, { weight: [1, 2, 3] }, 'weight', 'output: expected 1, got 3'],
  ['BCEWithLogitsLoss', null, 3, { pos_weight: [4] }, 'pos_weight', 'output: expected 3, got 1'],
] as const)('%s on %s over %s units refuses %o', (criterion, activation, units, given, path, message) => {
  const check = () => checkCriterion(ending(activation, units), criterion, 'classify', { given });
  expect(check).toThrow(
    expect.objectContaining({ issues: [{ path, message: expect.stringContaining(message) as string }] }),
  );
});

it.each([
  ['CrossEntropyLoss', 'sigmoid', 1, { weight: [1, 2] }],
  ['BCELoss', 'sigmoid', 1, { weight: [1, 2] }],
  ['BCEWithLogitsLoss', 'sigmoid', 1, { pos_weight: [3] }],
  ['MSELoss', 'softmax', 3, { weight: [1] }],
] as const)('%s on %s over %s units takes %o', (criterion, activation, units, given) => {
  checkCriterion(ending(activation, units), criterion, 'classify', { given });
});

it.each([
  ['Softmax', 'softmax'],
  ['LogSoftmax', 'log_softmax'],
  ['Sigmoid', 'sigmoid'],
  ['ReLU', 'scores'],
] as const)('a last layer %s makes an output of the kind %s', (l_type, kind) => {
  const model = parseModel([
    { l_type: 'Linear', structure: { in_features: 2, out_features: 3 } },
    { l_type, structure: {} },
  ]);
  expect(outputKind(model)).toBe(kind);
  if (kind === 'softmax')
    expect(() => checkCriterion(model, 'CrossEntropyLoss', 'classify', { given: { weight: [1] } })).toThrow(
      'expected 3, got 1',
    );
});

const DISTANCES = ['L1Loss', 'MSELoss', 'SmoothL1Loss', 'HuberLoss'];
it.each([
  ['classify', 'softmax', 3, criteria.filter((name) => name !== 'PoissonNLLLoss')],
  ['classify', 'sigmoid', 1, criteria.filter((name) => name !== 'PoissonNLLLoss')],
  [
    'classify',
    'log_softmax',
    3,
    criteria.filter((name) => ![...DISTANCES, 'PoissonNLLLoss', 'HingeEmbeddingLoss'].includes(name)),
  ],
  [
    'classify',
    null,
    3,
    criteria.filter((name) => !['BCELoss', 'NLLLoss', 'KLDivLoss', 'PoissonNLLLoss'].includes(name)),
  ],
  ['regress', null, 1, [...DISTANCES, 'PoissonNLLLoss']],
  ['regress', 'sigmoid', 1, DISTANCES],
  ['regress', 'softmax', 1, []],
] as const)('what fits to %s by %s', (action, activation, units, expected) => {
  const fitting = criteria.filter((criterion) => {
    try {
      checkCriterion(ending(activation, units), criterion, action);
      return true;
    } catch {
      return false;
    }
  });
  expect(fitting).toEqual(expected);
});

it('every criterion fits some output', () => {
  for (const criterion of criteria) {
    const fitting = (['classify', 'regress'] as const).flatMap((action) =>
      [null, 'sigmoid', 'softmax', 'log_softmax'].filter((activation) => {
        const units = action === 'regress' || activation === 'sigmoid' ? 1 : 3;
        try {
          checkCriterion(ending(activation, units), criterion, action);
          return true;
        } catch {
          return false;
        }
      }),
    );
    expect(fitting.length, criterion).toBeGreaterThan(0);
  }
});
