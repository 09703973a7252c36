import type { RunArguments } from '../arguments.js';
import { InvalidArguments } from '../errors.js';
import type { Model } from './definition.js';
import { endingOf } from './ending.js';
import { findLayerType } from './layers.js';

export type CriterionName = RunArguments['criterion'];
/** The criterion's own arguments, by PyTorch's names; PyTorch's `delta` of HuberLoss is `huber_delta`. */
export type CriterionArguments = Pick<
  RunArguments,
  | 'reduction'
  | 'weight'
  | 'pos_weight'
  | 'label_smoothing'
  | 'ignore_index'
  | 'beta'
  | 'huber_delta'
  | 'margin'
  | 'p'
>;

/** The arguments whose length depends on the model. */
type CriterionLists = { readonly [Name in 'weight' | 'pos_weight']?: readonly number[] | null };

/** Arguments that have an effect with each criterion, besides `reduction`. */
export const criterionArguments: Readonly<Record<CriterionName, readonly (keyof CriterionArguments)[]>> = {
  L1Loss: [],
  MSELoss: [],
  SmoothL1Loss: ['beta'],
  HuberLoss: ['huber_delta'],
  PoissonNLLLoss: [],
  BCELoss: ['weight'],
  BCEWithLogitsLoss: ['weight', 'pos_weight'],
  CrossEntropyLoss: ['weight', 'label_smoothing', 'ignore_index'],
  NLLLoss: ['weight', 'ignore_index'],
  KLDivLoss: [],
  HingeEmbeddingLoss: ['margin'],
  SoftMarginLoss: [],
  MultiMarginLoss: ['weight', 'margin', 'p'],
  MultiLabelMarginLoss: [],
  MultiLabelSoftMarginLoss: ['weight'],
};

export type Action = 'regress' | 'classify';

/** What a model's last activation makes of its output; `scores` is any number. */
export type OutputKind = 'sigmoid' | 'softmax' | 'log_softmax' | 'scores';

const everyKind: readonly OutputKind[] = ['sigmoid', 'softmax', 'log_softmax', 'scores'];
const probabilities: readonly OutputKind[] = ['sigmoid', 'softmax', 'log_softmax'];
const distances: readonly OutputKind[] = ['sigmoid', 'softmax', 'scores'];

/** On which outputs a criterion makes sense, for either action. */
const fits: Readonly<Record<CriterionName, Readonly<Partial<Record<Action, readonly OutputKind[]>>>>> = {
  L1Loss: { regress: ['sigmoid', 'scores'], classify: distances },
  MSELoss: { regress: ['sigmoid', 'scores'], classify: distances },
  SmoothL1Loss: { regress: ['sigmoid', 'scores'], classify: distances },
  HuberLoss: { regress: ['sigmoid', 'scores'], classify: distances },
  PoissonNLLLoss: { regress: ['scores'] },
  BCELoss: { classify: probabilities },
  BCEWithLogitsLoss: { classify: everyKind },
  CrossEntropyLoss: { classify: everyKind },
  NLLLoss: { classify: probabilities },
  KLDivLoss: { classify: probabilities },
  HingeEmbeddingLoss: { classify: distances },
  SoftMarginLoss: { classify: everyKind },
  MultiMarginLoss: { classify: everyKind },
  MultiLabelMarginLoss: { classify: everyKind },
  MultiLabelSoftMarginLoss: { classify: everyKind },
};

export function outputKind(model: Model): OutputKind {
  const activation = endingOf(model);
  return activation === 'sigmoid' || activation === 'softmax' || activation === 'log_softmax'
    ? activation
    : 'scores';
}

/**
 * Refuses a criterion that makes no sense on the model's output.
 * @param units numbers that the model gives for a sample; needed only if its last layer does not state them.
 * @param given the criterion's own arguments; their lists must have a number for each class or output.
 * @throws InvalidArguments that names the argument and says what fits.
 */
export function checkCriterion(
  model: Model,
  criterion: CriterionName,
  action: Action,
  units: number | undefined = statedUnits(model),
  given: CriterionLists = {},
): void {
  const kind = outputKind(model);
  if (!fits[criterion][action]?.includes(kind)) {
    const named = kind === 'scores' ? 'an output without sigmoid or softmax' : `a ${kind} output`;
    const fitting = fittingCriteria(kind, action);
    const advice = fitting.length ? `use ${fitting.join(', ')}` : `give the last layer another activation`;
    refuse('criterion', `${criterion} does not fit ${named} to ${action}: ${advice}`);
  }
  if (units === undefined) return;
  if (action === 'regress' && units !== 1)
    refuse(
      'model',
      `regression predicts one value, the model gives ${units}: make the last layer's output 1`,
    );
  if (units === 1 && (kind === 'softmax' || kind === 'log_softmax'))
    refuse(
      'model',
      `${kind} over one unit is constant: use sigmoid for two classes, or one unit for each class`,
    );
  checkLengths(criterion, units, given);
}

/** One unit separates two classes. */
const byClass: readonly CriterionName[] = ['CrossEntropyLoss', 'NLLLoss', 'MultiMarginLoss'];

function checkLengths(criterion: CriterionName, units: number, given: CriterionLists): void {
  for (const name of ['weight', 'pos_weight'] as const) {
    const list = given[name];
    if (!list || !criterionArguments[criterion].includes(name)) continue;
    const classes = Math.max(units, 2);
    const [expected, what] = byClass.includes(criterion) ? [classes, 'class'] : [units, 'output'];
    // Of one output with two numbers, those of its two classes.
    const fits = list.length === expected || (name === 'weight' && units === 1 && list.length === 2);
    if (!fits)
      refuse(name, `${criterion} takes a number for each ${what}: expected ${expected}, got ${list.length}`);
  }
}

/** What a run takes that names no criterion: BCELoss as in Synergos, or the first of these that fits. */
export function defaultCriterion(model: Model, action: Action): CriterionName {
  const kind = outputKind(model);
  const usual: readonly CriterionName[] = ['BCELoss', 'MSELoss', 'CrossEntropyLoss'];
  return usual.find((name) => fits[name][action]?.includes(kind)) ?? 'BCELoss';
}

function fittingCriteria(kind: OutputKind, action: Action): string[] {
  return Object.entries(fits)
    .filter(([, actions]) => actions[action]?.includes(kind))
    .map(([name]) => name);
}

/** Of the last layer that changes the shape. */
function statedUnits(model: Model): number | undefined {
  const shaping = model.findLast(({ l_type }) => !findLayerType(l_type)?.keepsShape);
  const units = shaping?.structure['out_features'];
  return typeof units === 'number' ? units : undefined;
}

function refuse(path: string, message: string): never {
  throw new InvalidArguments([{ path, message }]);
}
