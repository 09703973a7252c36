import { describe, expect, it } from 'vitest';
import { createServer } from '../../test/server.js';
import { loadCases } from '../../test/vectors.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';

const registry = createRegistry();
const parse = (raw: object) => parseRunArguments(registry, { algorithm: 'FedAvg', ...raw }).arguments;

describe('FedAvg', () => {
  it('has no proximal term unless asked, though mu has a default elsewhere', () => {
    expect(parse({}).mu).toBe(0);
    expect(parse({ mu: null }).mu).toBe(0);
    expect(parse({ mu: 0 }).mu).toBe(0);
  });

  it('refuses a mu other than 0, by name', () => {
    expect(() => parse({ mu: 0.1 })).toThrow(
      expect.objectContaining({
        code: 'invalid_arguments',
        issues: [{ path: 'mu', message: expect.stringMatching(/expected 0, got 0.1.*FedProx/) as string }],
      }),
    );
  });

  interface Input {
    readonly initial: number;
    readonly deltas: number[];
    readonly weights: number[];
    readonly aggregation: 'AVERAGE' | 'WEIGHTED_AVERAGE';
    readonly rounds: number;
  }
  it.each(loadCases<Input, number[]>('flsim-average'))(
    'computes $id of FLSim',
    async ({ input, expected, tolerance_abs }) => {
      const { initial, deltas, weights, aggregation, rounds } = input;
      const server = createServer({ algorithm: 'FedAvg' }, [initial]);
      const sent = deltas.map((delta, k) => ({
        update: Float64Array.of(-delta),
        samples: aggregation === 'AVERAGE' ? 1 : weights[k]!,
      }));
      for (let round = 0; round < rounds; round++) {
        const [weight] = await server.round(sent);
        expect(Math.abs(weight! - expected[round]!)).toBeLessThanOrEqual(tolerance_abs);
      }
    },
  );

  it('leaves the model unchanged if no participant has samples', async () => {
    const server = createServer({ algorithm: 'FedAvg' }, [3]);
    const sent = [1, 2].map((value) => ({ update: Float64Array.of(value), samples: 0 }));
    expect([...(await server.round(sent))]).toEqual([3]);
  });
});
