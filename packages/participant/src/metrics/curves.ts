/** Areas under curves, as scikit-learn computes them: samples with equal scores count as one threshold. */

interface Threshold {
  /** Positives and negatives scored at or above it. */
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** Area under the ROC curve by the trapezoidal rule; null if a class is absent. */
export function rocAuc(positive: readonly boolean[], scores: ArrayLike<number>): number | null {
  const all = thresholds(positive, scores);
  const last = all.at(-1);
  if (last === undefined || last.truePositives === 0 || last.falsePositives === 0) return null;
  let area = 0;
  let before: Threshold = { truePositives: 0, falsePositives: 0 };
  for (const at of all) {
    area += ((at.falsePositives - before.falsePositives) * (at.truePositives + before.truePositives)) / 2;
    before = at;
  }
  return area / (last.truePositives * last.falsePositives);
}

/** Area under the precision-recall curve by the trapezoidal rule (`auc` of `precision_recall_curve`); null without positives. */
export function prAuc(positive: readonly boolean[], scores: ArrayLike<number>): number | null {
  const all = thresholds(positive, scores);
  const positives = all.at(-1)?.truePositives ?? 0;
  if (positives === 0) return null;
  let area = 0;
  let [recall, precision] = [0, 1];
  for (const { truePositives, falsePositives } of all) {
    const next = {
      recall: truePositives / positives,
      precision: truePositives / (truePositives + falsePositives),
    };
    area += ((next.recall - recall) * (next.precision + precision)) / 2;
    ({ recall, precision } = next);
  }
  return area;
}

function thresholds(positive: readonly boolean[], scores: ArrayLike<number>): readonly Threshold[] {
  const order = positive.map((_, index) => index).sort((a, b) => scores[b]! - scores[a]!);
  const all: Threshold[] = [];
  let [truePositives, falsePositives] = [0, 0];
  order.forEach((index, rank) => {
    if (positive[index]) truePositives++;
    else falsePositives++;
    const next = order[rank + 1];
    if (next === undefined || scores[next] !== scores[index]) all.push({ truePositives, falsePositives });
  });
  return all;
}
