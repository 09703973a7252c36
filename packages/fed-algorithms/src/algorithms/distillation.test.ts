import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../training/samples.js';
import { distillation, type Distillation } from './distillation.js';

const batchOf = (targets: readonly number[], teacher?: readonly number[]): Samples => ({
  features: new Float32Array(targets.length),
  shape: [1],
  targets: Float32Array.from(targets),
  count: targets.length,
  ...(teacher && { teacher: Float32Array.from(teacher) }),
});

function pass(options: Distillation, scores: readonly number[], batch: Samples) {
  const ofScores = new Float32Array(scores.length);
  const loss = distillation(options)(Float32Array.from(scores), batch, ofScores);
  return { loss, gradient: [...ofScores] };
}

const options: Distillation = { temperature: 3, ofLabels: 1, ofTeacher: 1 };

describe('distillation', () => {
  it('without a teacher is the cross entropy, times its weight', () => {
    const { loss, gradient } = pass({ ...options, ofLabels: 2 }, [0, 0, 0], batchOf([1]));
    expect(loss).toBeCloseTo(2 * Math.log(3), 12);
    expect(gradient).toEqual([2 / 3, -4 / 3, 2 / 3].map((value) => expect.closeTo(value, 6) as number));
  });

  it('with a teacher adds T² KL(teacher ‖ model) of softened distributions', () => {
    // Softened by 2, logits 2 ln 3 and 0 are 3/4 and 1/4; equal ones 1/2 each.
    const teacher = [2 * Math.log(3), 0];
    const { loss } = pass({ temperature: 2, ofLabels: 0, ofTeacher: 1 }, [0, 0], batchOf([0], teacher));
    expect(loss).toBeCloseTo(4 * (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)), 6);
  });

  it('of the teacher itself is 0, and so is its gradient', () => {
    const { loss, gradient } = pass({ ...options, ofLabels: 0 }, [1, -2, 0.5], batchOf([0], [1, -2, 0.5]));
    expect(loss).toBeCloseTo(0, 12);
    for (const slope of gradient) expect(slope).toBeCloseTo(0, 12);
  });

  it('takes one unit for a sigmoid: as a softmax over 0 and its logit', () => {
    const one = pass(options, [0.7, -1.2], batchOf([1, 0], [-0.3, 2]));
    const two = pass(options, [0, 0.7, 0, -1.2], batchOf([1, 0], [0, -0.3, 0, 2]));
    expect(one.loss).toBeCloseTo(two.loss, 6);
    expect(one.gradient[0]).toBeCloseTo(two.gradient[1]!, 6);
    expect(one.gradient[1]).toBeCloseTo(two.gradient[3]!, 6);
  });

  it.each([1, 2, 4])('has the gradient that finite differences show, of %i units', (units) => {
    const count = 2;
    const logits = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
      minLength: units * count,
      maxLength: units * count,
    });
    const target = fc.integer({ min: 0, max: Math.max(units, 2) - 1 });
    const temperature = fc.double({ min: 0.5, max: 5, noNaN: true });
    fc.assert(
      fc.property(logits, logits, target, target, temperature, (scores, teacher, first, second, T) => {
        const given = { temperature: T, ofLabels: 0.7, ofTeacher: 1.3 };
        const batch = batchOf([first, second], teacher);
        const { gradient } = pass(given, scores, batch);
        const step = 1e-2;
        scores.forEach((_, i) => {
          const at = (by: number) =>
            pass(
              given,
              scores.map((score, j) => (j === i ? score + by : score)),
              batch,
            ).loss;
          expect(Math.abs(gradient[i]! - (at(step) - at(-step)) / (2 * step))).toBeLessThan(2e-3);
        });
      }),
    );
  });
});
