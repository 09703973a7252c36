import { describe, expect, it } from 'vitest';
import {
  gaussianDelta,
  noiseFor,
  pldDelta,
  pldEpsilon,
  rdpEpsilon,
  stepsFor,
  type PrivacyEvent,
} from '../src/index.js';
import { relativeError, vectorsOf } from './vectors.js';

const vectors = vectorsOf('dp-accounting');
interface Run {
  readonly q: number;
  readonly sigma: number;
  readonly steps: number;
  readonly delta: number;
}
const gaussian = ({ q, sigma, steps }: Omit<Run, 'delta'>): PrivacyEvent => ({
  kind: 'poisson-gaussian',
  samplingRate: q,
  noiseMultiplier: sigma,
  count: steps,
});

describe('PLD accountant', () => {
  it('matches the delta of a few subsampled Gaussians', () => {
    const { input, expected } = vectors.take<Run & { epsilon: number }, number>('dpacc-pld-sub');
    expect(Math.abs(pldDelta([gaussian(input)], input.epsilon) - expected)).toBeLessThan(1e-3);
  });

  it('matches the epsilon of subsampled Laplace noise at a tiny delta', () => {
    const { input, expected } = vectors.take<
      { noise: number; q: number; steps: number; delta: number },
      number
    >('dpacc-pld-sublap');
    const event: PrivacyEvent = {
      kind: 'poisson-laplace',
      samplingRate: input.q,
      noiseMultiplier: input.noise,
      count: input.steps,
    };
    expect(Math.abs(pldEpsilon([event], input.delta) - expected)).toBeLessThan(1e-3);
  });

  // The case allows 0.02: Opacus' own error is up to 0.01.
  it('matches the numerical accountant of Opacus', () => {
    const { input, expected } = vectors.take<Run, number>('opacus-prv');
    expect(Math.abs(pldEpsilon([gaussian(input)], input.delta) - expected)).toBeLessThan(0.02);
  });

  it.each([
    'dpacc-run-mcmahan-lstm-like',
    'dpacc-run-full-participation',
    'dpacc-run-cohort-50pct-big-noise',
  ])('matches the epsilon of a run and stays below that of the Rényi accountant: %s', (id) => {
    const { input, expected } = vectors.take<Run, { pld_epsilon: number; rdp_epsilon: number }>(id);
    const epsilon = pldEpsilon([gaussian(input)], input.delta);
    expect(relativeError(epsilon, expected.pld_epsilon)).toBeLessThan(1e-4);
    expect(epsilon).toBeLessThan(rdpEpsilon([gaussian(input)], input.delta));
  });

  it('is an upper bound of the exact delta of composed Gaussians', () => {
    const events: PrivacyEvent[] = [
      { kind: 'gaussian', noiseMultiplier: 5, count: 30 },
      { kind: 'gaussian', noiseMultiplier: 3, count: 4 },
    ];
    const noise = (30 / 25 + 4 / 9) ** -0.5;
    for (const epsilon of [0.5, 2, 5]) {
      const exact = gaussianDelta(noise, epsilon);
      const delta = pldDelta(events, epsilon);
      expect(delta).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(relativeError(delta, exact)).toBeLessThan(1e-5);
    }
  });

  it('takes noise that is far too small without exhausting memory', () => {
    const epsilon = pldEpsilon([{ kind: 'gaussian', noiseMultiplier: 0.01, count: 100 }], 1e-5);
    expect(epsilon).toBeGreaterThan(500_000);
    expect(epsilon).toBeLessThan(600_000);
  });

  it('costs nothing without events', () => {
    expect(pldEpsilon([], 1e-5)).toBe(0);
    expect(pldEpsilon([gaussian({ q: 0, sigma: 1, steps: 10 })], 1e-5)).toBe(0);
    expect(pldEpsilon([gaussian({ q: 0.1, sigma: 1, steps: 0 })], 1e-5)).toBe(0);
  });
});

describe('noise for a target', { timeout: 240_000 }, () => {
  it.each(['dpacc-lapnoise-delta', 'dpacc-lapnoise-large'])('matches Laplace noise: %s', (id) => {
    const { input, expected } = vectors.take<{ epsilon: number; delta: number; num_queries: number }, number>(
      id,
    );
    const noise = noiseFor({ kind: 'laplace', count: input.num_queries }, input, { relative: 1e-3 });
    expect(Math.abs(noise - expected)).toBeLessThan(0.1);
  });

  it('matches subsampled Gaussian noise', () => {
    const { input, expected } = vectors.take<
      {
        epsilon: number;
        delta: number;
        num_queries: number;
        sensitivity: number;
        sampling_prob: number;
      },
      number
    >('dpacc-subgauss-var');
    const noise = noiseFor(
      { kind: 'poisson-gaussian', samplingRate: input.sampling_prob, count: input.num_queries },
      input,
      { relative: 1e-7, pld: { interval: 1e-3 } },
    );
    expect(Math.abs(noise * input.sensitivity - expected)).toBeLessThan(1e-6);
  });

  it.each([
    ['opacus-noise-prv-steps', 0.01],
    ['opacus-noise-rdp-steps', 0.1],
  ])('matches the noise of Opacus: %s', (id, tolerance) => {
    const { input, expected } = vectors.take<
      { target_epsilon: number; delta: number; q: number; steps: number },
      number
    >(id);
    const noise = noiseFor(
      { kind: 'poisson-gaussian', samplingRate: input.q, count: input.steps },
      { epsilon: input.target_epsilon, delta: input.delta },
      { relative: 1e-3, accountant: id.includes('rdp') ? 'rdp' : 'pld' },
    );
    expect(Math.abs(noise - expected)).toBeLessThan(tolerance);
  });

  it('reaches the target, and not with a little less noise', () => {
    const event = { kind: 'gaussian', count: 10 } as const;
    const noiseMultiplier = noiseFor(event, { epsilon: 1, delta: 1e-6 });
    expect(pldEpsilon([{ ...event, noiseMultiplier }], 1e-6)).toBeLessThanOrEqual(1);
    expect(pldEpsilon([{ ...event, noiseMultiplier: noiseMultiplier * 0.99 }], 1e-6)).toBeGreaterThan(1);
  });

  it('counts the steps that a target allows', () => {
    const event = { kind: 'gaussian', noiseMultiplier: 4, count: 1 } as const;
    const target = { epsilon: 3, delta: 1e-5 };
    const steps = stepsFor(event, target);
    expect(pldEpsilon([{ ...event, count: steps }], target.delta)).toBeLessThanOrEqual(3);
    expect(pldEpsilon([{ ...event, count: steps + 1 }], target.delta)).toBeGreaterThan(3);
  });

  it.each([
    [{ epsilon: 0, delta: 1e-5 }, 'target_epsilon'],
    [{ epsilon: Infinity, delta: 1e-5 }, 'target_epsilon'],
    [{ epsilon: 1, delta: 0 }, 'target_delta'],
    [{ epsilon: 1, delta: 1 }, 'target_delta'],
  ])('rejects %j by name', (target, name) => {
    expect(() => noiseFor({ kind: 'gaussian', count: 1 }, target)).toThrow(
      expect.objectContaining({ code: 'impossible_setting', message: expect.stringContaining(name) }),
    );
  });
});
