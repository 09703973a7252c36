import { isDistribution, type CriterionContext, type SampleCriterion } from './criterion-type.js';
import { overScores, overValues, weighted } from './over-units.js';
import { binaryCrossEntropy, logistic, type PositiveWeights } from './value-losses.js';

/** The binary cross-entropy of each output: of its score if the outputs are independent, else of its probability. */
export function binaryCrossEntropyOf(
  context: CriterionContext,
  weight: readonly number[] | null,
  positive: PositiveWeights,
): SampleCriterion {
  const { kind, units } = context;
  const loss = isDistribution(context)
    ? overValues(weighted(binaryCrossEntropy(positive), weight, units), kind)
    : overScores(weighted(logistic(positive), weight, units));
  return { loss, terms: units };
}
