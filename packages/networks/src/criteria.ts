import {
  builtInComponents,
  type Components,
  type CriterionContext,
  type RunArguments,
} from '@synergos/fed-algorithms';
import { ClassWithoutUnit } from './errors.js';

/**
 * A criterion over a batch, and its gradient with respect to the scores, which is written into `gradient`.
 * Scores are [count × units]: the input of a last sigmoid, softmax or log_softmax, and otherwise the output itself.
 */
export type Criterion = (scores: Float32Array, targets: Float32Array, gradient: Float32Array) => BatchLoss;

export interface BatchLoss {
  /** Mean or sum, as `reduction` says: the gradient is that of this value. */
  readonly loss: number;
  readonly mean: number;
  /** The divisor of the mean: the number of rows, or the sum of the weights of their classes. */
  readonly weight: number;
}

export interface CriterionOptions extends CriterionContext {
  /** The criterion's name. */
  readonly criterion: string;
  /** The run arguments that the criterion reads. @defaultValue PyTorch's defaults for those that are absent */
  readonly given?: Partial<RunArguments> | undefined;
  /** The criteria that the name selects from. @defaultValue those of `@synergos/fed-algorithms` */
  readonly components?: Pick<Components, 'criteria'> | undefined;
}

/** Creates the criterion of that name for one model's output. The combination must have passed `checkCriterion`. */
export function createCriterion({
  criterion,
  given = {},
  components = builtInComponents,
  ...context
}: CriterionOptions): Criterion {
  const { units, action } = context;
  const classes = Math.max(units, 2);
  const type = components.criteria.get(criterion);
  const args: object = type.arguments?.parse(given) ?? {};
  const { loss: sampleLoss, terms = 1, weightOf = () => 1 } = type.create(args, context);
  const isSum = given.reduction === 'sum';
  return (scores, targets, gradient) => {
    let total = 0;
    let weight = 0;
    const count = targets.length;
    for (let row = 0; row < count; row++) {
      const target = targets[row]!;
      const start = row * units;
      const end = start + units;
      const rowWeight = weightOf(target);
      if (rowWeight === undefined) {
        gradient.fill(0, start, end);
        continue;
      }
      if (action === 'classify' && target >= classes) throw new ClassWithoutUnit(target, units);
      weight += rowWeight;
      total += sampleLoss(scores.subarray(start, end), target, gradient.subarray(start, end));
    }
    const mean = weight === 0 ? 0 : total / weight;
    if (isSum) for (let i = 0; i < gradient.length; i++) gradient[i]! *= terms;
    else if (weight > 0) for (let i = 0; i < gradient.length; i++) gradient[i]! /= weight;
    return { loss: isSum ? total * terms : mean, mean, weight };
  };
}
