import { expect, it } from 'vitest';
import { loadCases } from '../../../test/vectors.js';
import { createRegistry } from '../../registry.js';
import { parseRunArguments } from '../../run-arguments.js';
import { createOptimizer } from '../create-optimizer.js';

interface Input {
  readonly w: number;
  readonly g: number;
  readonly lr: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly steps: number;
}
const cases = loadCases<Input, number[]>('tff-optimizers').filter(({ algorithm }) =>
  algorithm.startsWith('SGD'),
);

it.each(cases)(
  'SGD goes the way of $id of TensorFlow Federated',
  ({ input: { w, g, steps, ...settings }, expected, tolerance_abs }) => {
    const raw = { ...settings, optimizer: 'SGD', lr_scheduler: 'none' };
    const args = parseRunArguments(createRegistry(), raw).arguments;
    const weights = Float64Array.of(w);
    const tensors = [{ name: '0.weight', shape: [1], offset: 0, size: 1, trainable: true }];
    const optimizer = createOptimizer(args, { tensors, size: 1 }, weights);
    const way = [w];
    for (let step = 0; step < steps; step++) {
      optimizer.step(weights, Float64Array.of(g));
      way.push(weights[0]!);
    }
    for (const [step, weight] of way.entries())
      expect(Math.abs(weight - expected[step]!)).toBeLessThanOrEqual(tolerance_abs);
  },
);
