import type { RunArguments } from '../arguments.js';
import { InvalidArguments } from '../errors.js';
import type { Model } from './definition.js';

export type CriterionName = RunArguments['criterion'];
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
  MultiLabelMarginLoss: { classify: everyKind },
  MultiLabelSoftMarginLoss: { classify: everyKind },
};

export function outputKind(model: Model): OutputKind {
  const activation = model.at(-1)?.activation;
  return activation === 'sigmoid' || activation === 'softmax' || activation === 'log_softmax'
    ? activation
    : 'scores';
}

/**
 * Refuses a criterion that makes no sense on the model's output.
 * @param units numbers that the model gives for a sample; needed only where its last layer does not state them.
 * @throws InvalidArguments that names `criterion` and says what fits.
 */
export function checkCriterion(
  model: Model,
  criterion: CriterionName,
  action: Action,
  units: number | undefined = statedUnits(model),
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
}

function fittingCriteria(kind: OutputKind, action: Action): string[] {
  return Object.entries(fits)
    .filter(([, actions]) => actions[action]?.includes(kind))
    .map(([name]) => name);
}

function statedUnits(model: Model): number | undefined {
  const structure = model.at(-1)?.structure;
  const units = structure?.['out_features'];
  return typeof units === 'number' ? units : undefined;
}

function refuse(path: string, message: string): never {
  throw new InvalidArguments([{ path, message }]);
}
