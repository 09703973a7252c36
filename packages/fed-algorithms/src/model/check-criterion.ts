import { builtInComponents, type Components } from '../components.js';
import type { Action, CriterionType, OutputKind } from '../criteria/criterion-type.js';
import { shapeOf } from '../component.js';
import { refuse } from '../errors.js';
import type { Model } from './definition.js';
import { endingOf } from './ending.js';

/** The arguments whose length depends on the model. */
type CriterionLists = { readonly [Name in 'weight' | 'pos_weight']?: readonly number[] | null };

export interface CriterionCheck {
  /** Number of values that the model gives for a sample. @defaultValue what its last layer states */
  readonly units?: number | undefined;
  /** The criterion's own arguments; their lists must have a number for each class or output. */
  readonly given?: CriterionLists | undefined;
  /** The criteria that the name selects from. @defaultValue those of this package */
  readonly components?: Pick<Components, 'criteria'> | undefined;
}

/** What the model's last activation makes of its output. */
export function outputKind(model: Model): OutputKind {
  const activation = endingOf(model);
  return activation === 'sigmoid' || activation === 'softmax' || activation === 'log_softmax'
    ? activation
    : 'scores';
}

/**
 * Refuses a criterion that makes no sense on the model's output.
 * @throws InvalidArguments that names the argument and the criteria that fit.
 */
export function checkCriterion(
  model: Model,
  name: string,
  action: Action,
  { units = statedUnits(model), given = {}, components = builtInComponents }: CriterionCheck = {},
): void {
  const kind = outputKind(model);
  const criterion = components.criteria.get(name);
  if (!criterion.fits[action]?.includes(kind)) {
    const named = kind === 'scores' ? 'an output without sigmoid or softmax' : `a ${kind} output`;
    const fitting = components.criteria.list().filter(({ fits }) => fits[action]?.includes(kind));
    const advice = fitting.length
      ? `use ${fitting.map((one) => one.name).join(', ')}`
      : `give the last layer another activation`;
    refuse('criterion', `${name} does not fit ${named} to ${action}: ${advice}`);
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

function checkLengths(criterion: CriterionType, units: number, given: CriterionLists): void {
  for (const name of ['weight', 'pos_weight'] as const) {
    const list = given[name];
    if (!list || !Object.hasOwn(shapeOf(criterion), name)) continue;
    // One unit separates two classes.
    const classes = Math.max(units, 2);
    const [expected, what] = criterion.weightsOf === 'classes' ? [classes, 'class'] : [units, 'output'];
    // Two numbers for one output are those of its two classes.
    const fits = list.length === expected || (name === 'weight' && units === 1 && list.length === 2);
    if (!fits)
      refuse(
        name,
        `${criterion.name} takes a number for each ${what}: expected ${expected}, got ${list.length}`,
      );
  }
}

/** The criterion of a run that names none: BCELoss as in Synergos, or the first of these that fits. */
export function defaultCriterion(model: Model, action: Action): string {
  const kind = outputKind(model);
  const usual = ['BCELoss', 'MSELoss', 'CrossEntropyLoss'];
  return usual.find((name) => builtInComponents.criteria.get(name).fits[action]?.includes(kind)) ?? 'BCELoss';
}

/** Of the last layer that changes the shape. */
function statedUnits(model: Model): number | undefined {
  const shaping = model.findLast(({ type }) => !type.keepsShape);
  const units = shaping?.structure['out_features'];
  return typeof units === 'number' ? units : undefined;
}
