import { z } from 'zod';
import { aggregators } from './aggregators/index.js';
import { cohortArguments, limitArguments, updateArguments } from './arguments/rounds.js';
import { mergeArguments } from './arguments/merge.js';
import { trainingArguments } from './arguments/training.js';
import { oneOf, optional, withDefault } from './arguments/types.js';
import type { AllArgumentsOf, Component } from './component.js';
import { compressions } from './compression/compressions.js';
import { criteria } from './criteria/index.js';
import { optimizers } from './training/optimizers/index.js';
import { schedulers } from './training/schedulers/index.js';

/** The components whose names and arguments are part of a run's arguments. */
export interface SelectedComponents {
  readonly aggregators: readonly Component[];
  readonly optimizers: readonly Component[];
  readonly schedulers: readonly Component[];
  readonly criteria: readonly Component[];
  readonly compressions: readonly Component[];
}

export const reductions = ['mean', 'sum'] as const;

/** The arguments that all runs have, and the names of the components that they select. */
function selections({ criteria, optimizers, schedulers, aggregators, compressions }: SelectedComponents) {
  return {
    criterion: withDefault(
      oneOf('criterion', namesOf(criteria)),
      'BCELoss',
      "loss of local training, by PyTorch's name",
    ),
    reduction: withDefault(
      oneOf('reduction', reductions),
      'mean',
      'whether the gradient is that of the mean of the criterion over a batch, or that of its sum; reported losses are means',
    ),
    optimizer: withDefault(
      oneOf('optimizer', namesOf(optimizers)),
      'SGD',
      "optimizer of local training, by PyTorch's name",
    ),
    lr_scheduler: z
      .preprocess(
        (given) => (given == null ? 'CyclicLR' : given === '' || given === 'None' ? 'none' : given),
        oneOf('lr_scheduler', namesOf(schedulers)),
      )
      .describe(
        "schedule of the learning rate within each local training, by PyTorch's name; null: none if lr is given without base_lr and max_lr, otherwise CyclicLR, whose rates replace lr",
      ) as unknown as z.ZodType<string>,
    aggregator: optional(
      oneOf('aggregator', namesOf(aggregators)),
      "aggregation rule that replaces the algorithm's own; null: the algorithm's own",
    ),
    compression: withDefault(
      oneOf('compression', namesOf(compressions)),
      'none',
      'encoding of updates on the wire; all but none are lossy',
    ),
  };
}

function namesOf(components: readonly Component[]): readonly string[] {
  return components.map(({ name }) => name);
}

/**
 * The fields of the run arguments, merged from those of the components. Version 0.1.0 hashed the arguments in order:
 * those that it knew keep theirs.
 */
export function argumentsShape(components: SelectedComponents): z.ZodRawShape {
  const selected = selections(components);
  const base = {
    ...trainingArguments,
    ...cohortArguments,
    ...updateArguments,
    ...limitArguments,
    ...selected,
  };
  const kinds = [
    { kind: 'criterion', components: components.criteria },
    { kind: 'optimizer', components: components.optimizers },
    { kind: 'scheduler', components: components.schedulers },
    { kind: 'aggregator', components: components.aggregators },
    { kind: 'compression', components: components.compressions },
  ];
  const merged = mergeArguments(kinds, base);
  const { criterion, reduction, optimizer, lr_scheduler, aggregator, compression } = selected;
  const { alpha, rho, centered, lr_decay, ...optimizerArguments } = merged.get('optimizer') ?? {};
  const ofOptimizers = { ...optimizerArguments, alpha, rho, centered, lr_decay } as z.ZodRawShape;
  return {
    ...trainingArguments,
    ...{ criterion, reduction, ...merged.get('criterion') },
    ...{ optimizer, ...ofOptimizers },
    ...{ lr_scheduler, ...merged.get('scheduler') },
    ...cohortArguments,
    ...{ aggregator, outlier_factor: updateArguments.outlier_factor, ...merged.get('aggregator') },
    client_momentum: updateArguments.client_momentum,
    ...{ compression, ...merged.get('compression') },
    ...limitArguments,
  };
}

/** The components of this package that runs select by name. */
export const builtInSelection = { aggregators, optimizers, schedulers, criteria, compressions } as const;

type Parsed<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** The arguments of a run, parsed: those that all runs have, and those of the components of this package. */
export type RunArguments = Parsed<
  typeof trainingArguments &
    typeof cohortArguments &
    typeof updateArguments &
    typeof limitArguments &
    ReturnType<typeof selections>
> &
  AllArgumentsOf<typeof criteria> &
  AllArgumentsOf<typeof optimizers> &
  AllArgumentsOf<typeof schedulers> &
  AllArgumentsOf<typeof aggregators> &
  AllArgumentsOf<typeof compressions>;

/** The run arguments of this package alone, without those of plug-ins. */
export const runArgumentsSchema = z.object(argumentsShape(builtInSelection)) as unknown as z.ZodObject<{
  [Name in keyof RunArguments]: z.ZodType<RunArguments[Name]>;
}>;
