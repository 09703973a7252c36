import type { BatchCriterion } from '../training/local-model.js';

export interface Distillation {
  /** T: softens both distributions; the divergence is scaled by T². */
  readonly temperature: number;
  /** Weight of the criterion on the labels. */
  readonly ofLabels: number;
  /** Weight of the divergence from the teacher, if samples have one. */
  readonly ofTeacher: number;
}

/**
 * Cross entropy to the labels, and T² · KL(teacher ‖ model) of distributions softened by T, on logits.
 * One unit is a sigmoid of two classes, several are a softmax.
 * Hinton, Vinyals & Dean: Distilling the Knowledge in a Neural Network (2015).
 */
export function distillation({ temperature, ofLabels, ofTeacher }: Distillation): BatchCriterion {
  return (scores, { targets, count, teacher }, ofScores) => {
    const units = scores.length / count;
    let loss = 0;
    for (let row = 0; row < count; row++) {
      const logits = scores.subarray(row * units, (row + 1) * units);
      const target = targets[row]!;
      const hard = distribution(logits, 1);
      loss -= ofLabels * Math.log(Math.max(hard[target] ?? 0, Number.MIN_VALUE));
      const soft = teacher && distribution(logits, temperature);
      const taught = teacher && distribution(teacher.subarray(row * units, (row + 1) * units), temperature);
      for (const [one, p] of hard.entries()) {
        let slope = ofLabels * (p - Number(one === target));
        if (soft !== undefined && taught !== undefined) {
          const [mine, theirs] = [soft[one]!, taught[one]!];
          if (theirs > 0)
            loss +=
              ofTeacher *
              temperature ** 2 *
              theirs *
              (Math.log(theirs) - Math.log(Math.max(mine, Number.MIN_VALUE)));
          slope += ofTeacher * temperature * (mine - theirs);
        }
        // Of one unit, whose logit is that of the second class.
        if (units > 1) ofScores[row * units + one] = slope / count;
        else if (one === 1) ofScores[row] = slope / count;
      }
    }
    return loss / count;
  };
}

/** Probabilities of logits softened by T; of a single logit, those of both classes. */
function distribution(logits: Float32Array, temperature: number): Float64Array {
  const all = logits.length === 1 ? [0, logits[0]!] : [...logits];
  const largest = Math.max(...all);
  const exps = Float64Array.from(all, (logit) => Math.exp((logit - largest) / temperature));
  const total = exps.reduce((sum, value) => sum + value, 0);
  return exps.map((value) => value / total);
}
