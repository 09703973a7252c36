import type { z } from 'zod';
import type { ArgumentsIn, Component, Declared, Typed } from '../component.js';
import type { SampleLoss } from './sample-loss.js';

/** The task of a project. */
export type Action = 'regress' | 'classify';

/** What a model's last activation makes of its output; `scores` is any number. */
export type OutputKind = 'sigmoid' | 'softmax' | 'log_softmax' | 'scores';

/** How a criterion reads one model's output. */
export interface CriterionContext {
  readonly action: Action;
  readonly kind: OutputKind;
  /** Number of values that the model gives for a sample. */
  readonly units: number;
}

/** A criterion for one model's output. */
export interface SampleCriterion {
  readonly loss: SampleLoss;
  /** Number of terms in PyTorch's sum of a sample, if `loss` is their mean. @defaultValue 1 */
  readonly terms?: number;
  /** Weight of a row in the mean; undefined if the row does not count. @defaultValue 1 for each row */
  readonly weightOf?: (target: number) => number | undefined;
}

/** A loss of local training that a run selects by name: `criterion`. */
export interface CriterionType<Args extends object = any> extends Component<Args> {
  /** The outputs that the criterion can read, for each task that it fits. */
  readonly fits: Readonly<Partial<Record<Action, readonly OutputKind[]>>>;
  readonly create: (args: Args, context: CriterionContext) => SampleCriterion;
  /** What the numbers of the argument `weight` stand for. @defaultValue outputs */
  readonly weightsOf?: 'classes' | 'outputs';
}

/** Infers the type of the arguments from their schema. */
export function criterionType<const Name extends string, Shape extends z.core.$ZodShape = {}>(
  type: CriterionType<ArgumentsIn<Shape>> & Declared<Name, Shape>,
): CriterionType<ArgumentsIn<Shape>> & Typed<Name, Shape> {
  return type as never;
}

export const everyOutput: readonly OutputKind[] = ['sigmoid', 'softmax', 'log_softmax', 'scores'];
export const probabilities: readonly OutputKind[] = ['sigmoid', 'softmax', 'log_softmax'];
export const allButLogarithms: readonly OutputKind[] = ['sigmoid', 'softmax', 'scores'];

/** Where a distance between values makes sense. */
export const distance: CriterionType['fits'] = {
  regress: ['sigmoid', 'scores'],
  classify: allButLogarithms,
};

/** Whether the outputs of a sample are a distribution over the classes. */
export function isDistribution({ kind }: CriterionContext): boolean {
  return kind === 'softmax' || kind === 'log_softmax';
}
