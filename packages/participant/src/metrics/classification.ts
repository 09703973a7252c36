import { prAuc, rocAuc } from './curves.js';

export const classificationNames = [
  'accuracy',
  'roc_auc_score',
  'pr_auc_score',
  'f_score',
  'TPRs',
  'TNRs',
  'PPVs',
  'NPVs',
  'FPRs',
  'FNRs',
  'FDRs',
  'TPs',
  'TNs',
  'FPs',
  'FNs',
] as const;
export type ClassificationStatistics = Record<(typeof classificationNames)[number], (number | null)[]>;

/**
 * One value a class, each class against the rest; null where undefined. `scores` is [samples × classes], `targets`
 * holds class indexes.
 */
export function classificationStatistics(
  targets: ArrayLike<number>,
  scores: Float32Array,
  classes: number,
): ClassificationStatistics {
  const predicted = predictedClasses(scores, classes);
  const statistics = Object.fromEntries(
    classificationNames.map((name) => [name, []]),
  ) as unknown as ClassificationStatistics;
  for (let label = 0; label < classes; label++) {
    const own = Float32Array.from(predicted, (_, sample) => scores[sample * classes + label]!);
    const values = oneAgainstRest(
      Array.from(targets, (target) => target === label),
      Array.from(predicted, (guess) => guess === label),
      own,
    );
    for (const name of classificationNames) statistics[name].push(values[name]);
  }
  return statistics;
}

/** Samples by class (rows) and predicted class (columns). */
export function confusionOf(
  targets: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let sample = 0; sample < targets.length; sample++) {
    const row = counts[targets[sample]!];
    if (row !== undefined) row[predicted[sample]!]!++;
  }
  return counts;
}

/** The class with the highest score of each sample; of equal ones the first. */
export function predictedClasses(scores: Float32Array, classes: number): Uint32Array {
  const predicted = new Uint32Array(scores.length / classes);
  for (let sample = 0; sample < predicted.length; sample++) {
    let best = 0;
    for (let label = 1; label < classes; label++)
      if (scores[sample * classes + label]! > scores[sample * classes + best]!) best = label;
    predicted[sample] = best;
  }
  return predicted;
}

/** One unit's probabilities of the second class as the scores of two classes. */
export function twoClassScores(probabilities: Float32Array): Float32Array {
  const scores = new Float32Array(probabilities.length * 2);
  probabilities.forEach((probability, sample) => scores.set([1 - probability, probability], sample * 2));
  return scores;
}

function oneAgainstRest(
  positive: readonly boolean[],
  guessed: readonly boolean[],
  scores: Float32Array,
): Record<(typeof classificationNames)[number], number | null> {
  let [TPs, TNs, FPs, FNs] = [0, 0, 0, 0];
  positive.forEach((is, sample) => {
    const guess = guessed[sample];
    if (is && guess) TPs++;
    else if (is) FNs++;
    else if (guess) FPs++;
    else TNs++;
  });
  return {
    accuracy: share(TPs + TNs, positive.length),
    roc_auc_score: rocAuc(positive, scores),
    pr_auc_score: prAuc(positive, scores),
    f_score: share(2 * TPs, 2 * TPs + FPs + FNs),
    TPRs: share(TPs, TPs + FNs),
    TNRs: share(TNs, TNs + FPs),
    PPVs: share(TPs, TPs + FPs),
    NPVs: share(TNs, TNs + FNs),
    FPRs: share(FPs, FPs + TNs),
    FNRs: share(FNs, FNs + TPs),
    FDRs: share(FPs, FPs + TPs),
    TPs,
    TNs,
    FPs,
    FNs,
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
