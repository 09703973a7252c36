import { expect, it } from 'vitest';
import { createRandom, deriveSeed } from './random.js';

it('a permutation holds every index once, and is not the identity', () => {
  const order = createRandom(1).permutation(1000);
  expect(order).not.toEqual(Uint32Array.from({ length: 1000 }, (_, index) => index));
  expect(order.slice().sort()).toEqual(Uint32Array.from({ length: 1000 }, (_, index) => index));
  expect(createRandom(1).permutation(0)).toEqual(new Uint32Array(0));
});

it('permutations are evenly spread', () => {
  const random = createRandom(9);
  const firsts = [0, 0, 0, 0];
  for (let draw = 0; draw < 8000; draw++) firsts[random.permutation(4)[0]!]!++;
  for (const count of firsts) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

it('uniform numbers stay within their bounds and are the same for the same seed', () => {
  const draw = () =>
    Array.from(
      { length: 1000 },
      (
        (random) => () =>
          random.uniform(-2, 3)
      )(createRandom(5)),
    );
  const values = draw();
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
  expect(Math.max(...values)).toBeLessThan(3);
  expect(values.reduce((a, b) => a + b) / 1000).toBeCloseTo(0.5, 0);
  expect(draw()).toEqual(values);
});

it('derived seeds differ for different parts', () => {
  const seeds = [
    deriveSeed(42, 1, 'a'),
    deriveSeed(42, '1', 'a'),
    deriveSeed(42, 1, 'b'),
    deriveSeed(421, 'a'),
  ];
  expect(new Set(seeds).size).toBe(4);
  expect(deriveSeed(42, 1, 'a')).toBe(seeds[0]);
  // The first four bytes of SHA-256 over the parts as JSON: what makes a run repeatable must not change.
  expect(deriveSeed(42, 'initialise', '0.weight')).toBe(-2109528859);
});
