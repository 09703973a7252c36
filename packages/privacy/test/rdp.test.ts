import { describe, expect, it } from 'vitest';
import { exponentialRdp } from '../src/accounting/rdp/exponential.js';
import {
  advancedComposition,
  epsilonOfRdp,
  gaussianNoise,
  rdpDelta,
  rdpEpsilon,
  rdpOf,
  privacyEventSchema,
  type PrivacyEvent,
} from '../src/index.js';
import { relativeError, vectorsOf } from './vectors.js';

const vectors = vectorsOf('dp-accounting');
interface Sampled {
  readonly q: number;
  readonly sigma: number;
  readonly steps: number;
  readonly delta: number;
  readonly orders: readonly number[];
}
const sampled = ({ q, sigma, steps }: Pick<Sampled, 'q' | 'sigma' | 'steps'>): PrivacyEvent => ({
  kind: 'poisson-gaussian',
  samplingRate: q,
  noiseMultiplier: sigma,
  count: steps,
});

/** Divergences at these orders from dp_accounting's `_compute_rdp_sample_wor_gaussian`. */
const ORDERS = [1.5, 2, 3, 3.5, 8, 17, 64.5, 256, 300];
const FIXED_SIZE: [number, number, number[]][] = [
  [
    0.01,
    1.0,
    [
      0.0005435086381094331, 0.0005435086381094331, 0.0008348726849544131, 0.0010189130079039717,
      0.002684165012688936, 3.6503403348181407, 27.585191656446113, 123.37948854732396, 145.38174612503053,
    ],
  ],
  [
    0.3,
    2.0,
    [
      0.09735277411257512, 0.09735277411257512, 0.1520901357835814, 0.18189770034498848, 0.33873389871114556,
      0.963112133176173, 6.850975258363342, 30.794023957933806, 36.294318748771836,
    ],
  ],
  [
    0.1,
    5.0,
    [
      0.0016311000005411794, 0.0016311000005411794, 0.002474139188842022, 0.002989628541793107,
      0.006892432098489642, 0.015030364266051775, 0.03854012512606434, 2.811477201319241, 3.6920963580150707,
    ],
  ],
];

describe('Rényi accountant', () => {
  it('matches the divergence of the Gaussian mechanism', () => {
    const { input, expected } = vectors.take<{ alpha: number; sigma: number }, number>('dpacc-rdp-gauss');
    const [rdp] = rdpOf([{ kind: 'gaussian', noiseMultiplier: input.sigma, count: 1 }], {
      orders: [input.alpha],
    });
    expect(relativeError(rdp!, expected)).toBeLessThan(1e-9);
  });

  it('matches the divergence of the exponential mechanism', () => {
    const { input, expected } = vectors.take<{ epsilon: number; alphas: number[] }, number[]>('dpacc-exp');
    for (const [i, alpha] of input.alphas.entries())
      expect(Math.abs(exponentialRdp(input.epsilon, alpha) - expected[i]!)).toBeLessThan(1e-7);
  });

  it.each(['dpacc-run-rdp-q0.01-s1.0', 'dpacc-run-rdp-q0.01-s4.0'])(
    'matches the divergences of the sampled Gaussian: %s',
    (id) => {
      const { input, expected } = vectors.take<Sampled, number[]>(id);
      const rdp = rdpOf([sampled({ ...input, steps: 1 })], { orders: input.orders });
      for (const [i, value] of expected.entries()) expect(relativeError(rdp[i]!, value)).toBeLessThan(1e-6);
    },
  );

  it('matches the epsilon of Opacus', () => {
    const { input, expected } = vectors.take<Sampled, number>('opacus-rdp');
    expect(
      Math.abs(
        rdpEpsilon([sampled(input)], input.delta, { orders: input.orders, series: 'signed' }) - expected,
      ),
    ).toBeLessThan(1e-6);
  });

  it.each([
    'dpacc-run-mcmahan-lstm-like',
    'dpacc-run-full-participation',
    'dpacc-run-cohort-50pct-big-noise',
  ])('matches the epsilon of a run: %s', (id) => {
    const { input, expected } = vectors.take<Sampled, { rdp_epsilon: number }>(id);
    expect(relativeError(rdpEpsilon([sampled(input)], input.delta), expected.rdp_epsilon)).toBeLessThan(1e-4);
  });

  it.each(FIXED_SIZE)('matches sampling without replacement: q %d, sigma %d', (q, sigma, divergences) => {
    const event = { kind: 'fixed-size-gaussian', samplingRate: q, noiseMultiplier: sigma, count: 1 } as const;
    const rdp = rdpOf([event], { orders: ORDERS });
    for (const [i, value] of divergences.entries()) expect(relativeError(rdp[i]!, value)).toBeLessThan(1e-9);
  });

  it('charges a tree by its depth', () => {
    const tree = (steps: number) =>
      rdpOf([{ kind: 'tree', steps, noiseMultiplier: 2, count: 3 }], { orders: [4] })[0];
    expect(tree(1)).toBe(3 * 0.5);
    expect(tree(7)).toBe(3 * 3 * 0.5);
    expect(tree(8)).toBe(3 * 4 * 0.5);
  });

  it('returns the delta of the epsilon that it returned', () => {
    const events = [sampled({ q: 0.02, sigma: 1.1, steps: 500 })];
    expect(relativeError(rdpDelta(events, rdpEpsilon(events, 1e-6)), 1e-6)).toBeLessThan(1e-9);
  });

  it('refuses to compose fixed-size with Poisson sampling', () => {
    const fixed = { kind: 'fixed-size-gaussian', samplingRate: 0.1, noiseMultiplier: 1, count: 1 } as const;
    expect(() => rdpOf([fixed, sampled({ q: 0.1, sigma: 1, steps: 1 })])).toThrow(
      expect.objectContaining({ code: 'impossible_setting' }),
    );
  });

  it.each([
    { kind: 'gaussian', noiseMultiplier: 0 },
    { kind: 'gaussian', noiseMultiplier: Number.NaN },
    { kind: 'poisson-gaussian', noiseMultiplier: 1, samplingRate: 1.1 },
    { kind: 'tree', noiseMultiplier: 1, steps: 0 },
    { kind: 'gaussian', noiseMultiplier: 1, count: -1 },
    { kind: 'shuffled', noiseMultiplier: 1 },
  ])('has a schema that rejects %j', (event) => {
    expect(privacyEventSchema.safeParse(event).success).toBe(false);
  });
});

describe('conversion of Rényi divergence', () => {
  it('chooses the best order', () => {
    const { input, expected } = vectors.take<
      { rdp: number; delta: number },
      { epsilon: number; optimal_order: number }
    >('dpacc-eps-pure');
    const orders = Array.from({ length: 31 }, (_, i) => i + 2);
    const { value, order } = epsilonOfRdp(
      orders,
      orders.map(() => input.rdp),
      input.delta,
    );
    expect(Math.abs(value - expected.epsilon)).toBeLessThan(1e-7);
    expect(order).toBe(expected.optimal_order);
  });

  it.each(['pfl-rdp2adp-2-1-1e-05', 'pfl-rdp2adp-10-0.5-1e-05', 'pfl-rdp2adp-100-0.1-1e-08'])(
    'matches the tight conversion of one order: %s',
    (id) => {
      const { input, expected } = vectors.take<{ order: number; rdp_epsilon: number; delta: number }, number>(
        id,
      );
      const { value } = epsilonOfRdp([input.order], [input.rdp_epsilon], input.delta);
      expect(Math.abs(value - expected)).toBeLessThan(1e-10);
    },
  );
});

describe('Gaussian mechanism', () => {
  it.each(['dpacc-run-agm-0.5-1e-05', 'dpacc-run-agm-2.0-1e-06'])('has the smallest noise: %s', (id) => {
    const { input, expected } = vectors.take<{ epsilon: number; delta: number }, number>(id);
    expect(relativeError(gaussianNoise(input.epsilon, input.delta), expected)).toBeLessThan(1e-6);
  });

  it('has the smallest noise for several queries', () => {
    const { input, expected } = vectors.take<
      { epsilon: number; delta: number; num_queries: number; sensitivity: number },
      number
    >('dpacc-gaussnoise-var');
    const sensitivity = input.sensitivity * Math.sqrt(input.num_queries);
    const noise = sensitivity * gaussianNoise(input.epsilon, input.delta);
    expect(Math.abs(noise - expected)).toBeLessThan(1e-6);
  });
});

describe('advanced composition', () => {
  it('matches the optimal theorem', () => {
    const { input, expected } = vectors.take<
      { epsilon: number; delta: number; num_queries: number; total_delta: number },
      number
    >('dpacc-advcomp-adv1');
    expect(advancedComposition(input, input.num_queries, input.total_delta)).toBeCloseTo(expected, 6);
  });
});
