import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRegistry, parseRunArguments } from '../registry.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';
import { fedProx } from './fedprox.js';

const registry = createRegistry();
const correct = (gradient: Float32Array, weights: Float32Array, global: Float32Array, mu: number) => {
  const args = parseRunArguments(registry, { algorithm: 'FedProx', mu }).arguments;
  fedProx.client!.correctGradient!({ gradient, weights, global, state: {}, received: {}, args });
  return gradient;
};

/** Gradient of mean over rows of Σ |xW − t|, X and W row-major. */
function gradientOfAbsoluteError(w: Float32Array, x: number[][], t: number[][]): Float32Array {
  const outputs = t[0]!.length;
  const gradient = new Float32Array(w.length);
  x.forEach((row, r) => {
    for (let o = 0; o < outputs; o++) {
      const error = row.reduce((sum, value, i) => sum + value * w[i * outputs + o]!, 0) - t[r]![o]!;
      row.forEach((value, i) => (gradient[i * outputs + o]! += (Math.sign(error) * value) / x.length));
    }
  });
  return gradient;
}

describe('FedProx', () => {
  interface Input {
    W: Nested;
    X: number[][];
    targets: number[][];
    lr: number;
    epochs: number;
    mu: number;
  }
  it.each(loadCases<Input, { delta: Nested }>('fedprox'))(
    'trains locally as in $id of pfl-research',
    ({ input, expected, tolerance_abs }) => {
      const global = flatten(input.W);
      const weights = global.slice();
      for (let epoch = 0; epoch < input.epochs; epoch++) {
        const gradient = gradientOfAbsoluteError(weights, input.X, input.targets);
        correct(gradient, weights, global, input.mu).forEach((slope, i) => (weights[i]! -= input.lr * slope));
      }
      const delta = weights.map((value, i) => value - global[i]!);
      expect(distance(delta, flatten(expected.delta))).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  it('adds mu (w_k − w) to the gradient, whichever side of w the local model lies', () => {
    const gradient = correct(
      Float32Array.of(1, 1, 1),
      Float32Array.of(3, 2, -2),
      Float32Array.of(1, 2, 2),
      0.5,
    );
    expect([...gradient]).toEqual([2, 1, -1]);
  });

  it('is the gradient of (mu/2)‖w_k − w‖²', () => {
    const vector = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 0.01, max: 2, noNaN: true }), (local, global, mu) => {
        const penalty = (w: number[]) =>
          (mu / 2) * w.reduce((sum, value, i) => sum + (value - global[i]!) ** 2, 0);
        const gradient = correct(
          new Float32Array(3),
          Float32Array.from(local),
          Float32Array.from(global),
          mu,
        );
        local.forEach((_, i) => {
          const moved = (by: number) => penalty(local.map((value, j) => (j === i ? value + by : value)));
          expect(gradient[i]).toBeCloseTo((moved(1e-4) - moved(-1e-4)) / 2e-4, 4);
        });
      }),
    );
  });

  it('with mu = 0 leaves every bit of the gradient, as FedAvg does', () => {
    const gradient = Float32Array.of(-0, 1e-45, 3);
    expect(correct(gradient.slice(), Float32Array.of(1, Infinity, 3), new Float32Array(3), 0)).toEqual(
      gradient,
    );
  });

  it('takes mu = 0.1 unless told otherwise', () => {
    expect(parseRunArguments(registry, {}).arguments).toMatchObject({ algorithm: 'FedProx', mu: 0.1 });
  });
});
