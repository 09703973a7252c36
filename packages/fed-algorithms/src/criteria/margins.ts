import type { SampleLoss } from './sample-loss.js';

export interface Margin {
  readonly margin: number;
  readonly power: 1 | 2;
  readonly weight: readonly number[] | null;
}

/** Σ over the other classes c of w_y · max(0, margin − (x_y − x_c))^p, over the number of classes. */
function multiMargin({ margin, power, weight }: Margin): SampleLoss {
  return (scores, target, gradient) => {
    const units = scores.length;
    const factor = (weight?.[target] ?? 1) / units;
    gradient.fill(0);
    let sum = 0;
    for (let unit = 0; unit < units; unit++) {
      const violation = margin - (scores[target]! - scores[unit]!);
      if (unit === target || violation <= 0) continue;
      sum += violation ** power;
      const slope = power * violation ** (power - 1) * factor;
      gradient[unit]! += slope;
      gradient[target]! -= slope;
    }
    return sum * factor;
  };
}

/** The two-class form of one unit: class 0 has the score 0. */
function ofOneUnit(loss: SampleLoss): SampleLoss {
  return (scores, target, gradient) => {
    const pair = new Float32Array(2);
    const value = loss(Float32Array.of(0, scores[0]!), target, pair);
    gradient[0] = pair[1]!;
    return value;
  };
}

/** The loss of violated margins, for any number of units. */
export function marginsOf(margin: Margin, units: number): SampleLoss {
  return units === 1 ? ofOneUnit(multiMargin(margin)) : multiMargin(margin);
}
