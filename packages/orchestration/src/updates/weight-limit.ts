import type { Registry, RunArguments } from '@synergos/fed-algorithms';
import { OrchestrationError } from '../errors.js';

/** Rows of each participant when the project was aligned; unknown for alignments of older versions. */
export type AlignedRows = ReadonlyMap<string, { readonly train: number; readonly evaluate: number }>;

/**
 * Largest weight of one update, for rules with a bounded total weight: no limit if the rows of the whole cohort are within
 * the bound, else an equal share of it.
 */
export function largestWeight({
  args,
  cohort,
  rows,
  registry,
}: {
  readonly args: RunArguments;
  readonly cohort: readonly string[];
  readonly rows: AlignedRows;
  readonly registry: Pick<Registry, 'aggregators'>;
}): number {
  const most = (args.aggregator && registry.aggregators.get(args.aggregator).mostWeight?.(args)) || Infinity;
  const all = cohort.reduce((sum, participant) => sum + (rows.get(participant)?.train ?? Infinity), 0);
  return all <= most ? Infinity : Math.floor(most / cohort.length);
}

/** Throws `OrchestrationError` (`bad_values`) if an update weighs more than the rule allows. */
export function checkWeight(weight: number, most: number, args: RunArguments): void {
  if (weight <= most) return;
  throw new OrchestrationError(
    'bad_values',
    `samples: ${args.aggregator} with value_bits ${args.value_bits} adds up exactly to ${most} of each participant, got ${weight}`,
  );
}

/** Caps the samples of an evaluation at the rows that the participant had when the project was aligned. */
export function believed<Evaluation extends { readonly samples: number }>(
  evaluation: Evaluation,
  rows: AlignedRows,
  participant: string,
): Evaluation {
  const most = rows.get(participant)?.evaluate ?? Infinity;
  return evaluation.samples <= most ? evaluation : { ...evaluation, samples: most };
}
