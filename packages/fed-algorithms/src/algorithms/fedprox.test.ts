import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import { trainCase, type LocalCase } from '../../test/local-case.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';
import { adaptiveMuArguments } from './adaptive-mu.js';
import { fedProx } from './fedprox.js';

const registry = createRegistry();
const standard = { ...parseRunArguments(registry, {}).arguments, ...adaptiveMuArguments.parse({}) };
const correct = (gradient: Float32Array, weights: Float32Array, global: Float32Array, mu: number) => {
  const args = { ...standard, mu };
  fedProx.client!.correctGradient!({ gradient, weights, global, args, state: {}, received: {} });
  return gradient;
};

describe('FedProx', () => {
  interface Expected {
    readonly delta: Nested;
    readonly loss_before: number;
    readonly loss_after: number;
  }
  it.each(loadCases<LocalCase & { readonly mu: number }, Expected>('fedprox'))(
    'trains locally as in $id of pfl-research',
    async ({ input, expected, tolerance_abs }) => {
      const given = { algorithm: 'FedProx', mu: input.mu };
      const { update, model, samples, global } = await trainCase(input, given);
      expect(distance(update, flatten(expected.delta))).toBeLessThanOrEqual(tolerance_abs);
      expect(model.loss(global, samples)).toBeCloseTo(expected.loss_before, 6);
      const after = global.map((value, i) => value + update[i]!);
      expect(model.loss(after, samples)).toBeCloseTo(expected.loss_after, 6);
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

  it('uses mu = 0.1 by default', () => {
    expect(parseRunArguments(registry, {}).arguments).toMatchObject({ algorithm: 'FedProx', mu: 0.1 });
  });
});
