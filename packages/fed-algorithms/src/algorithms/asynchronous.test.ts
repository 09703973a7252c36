import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';
import { createServer } from '../../test/server.js';
import { softmaxRegression } from '../../test/softmax-regression.js';
import { distance, loadCases } from '../../test/vectors.js';
import { federate } from '../harness/federation.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import { staleness, stalenessArguments } from './staleness.js';

const registry = createRegistry();
const standard = stalenessArguments.parse({});
const weightAt = (tau: number, staleness_exponent: number) =>
  staleness(tau, { ...standard, staleness_exponent });

describe('one arrival', () => {
  interface Step {
    readonly start?: number;
    readonly local_after: number;
    readonly global_now: number;
    readonly weight: number;
  }
  const cases = loadCases<Step, number>('asynchronous-steps');
  const stepOf = (name: string) => cases.find(({ id }) => id === name)!;

  it('moves FedBuff by its weight times what was learned since its start', async () => {
    const { input, expected, tolerance_abs } = stepOf('fedbuff-step');
    const raw = { algorithm: 'FedBuff', buffer_size: 1, server_lr: 1, staleness_exponent: 1 };
    const server = createServer(raw, [input.global_now]);
    // (1 + 3)^−1 is the weight of the case.
    expect(weightAt(3, 1)).toBe(input.weight);
    const arrival = { start: [input.start!], local: [input.local_after], staleness: 3 };
    const [weight] = await server.arrive([arrival]);
    expect(Math.abs(weight! - expected)).toBeLessThanOrEqual(tolerance_abs);
  });

  it('is mixed by FedAsync into the present model, whatever it started from', async () => {
    const { input, expected, tolerance_abs } = stepOf('fedasync-step');
    for (const start of [0, 1]) {
      const server = createServer({ algorithm: 'FedAsync', mixing: input.weight }, [input.global_now]);
      const arrival = { start: [start], local: [input.local_after], staleness: 0 };
      const [weight] = await server.arrive([arrival]);
      expect(Math.abs(weight! - expected)).toBeLessThanOrEqual(tolerance_abs);
    }
  });
});

it("FedAsync's local models are held near the global one by mu", async () => {
  const data = { W: [[0]], X: [[1]], targets: [[9]], lr: 0.1, epochs: 2 };
  const { update } = await trainCase(data, { algorithm: 'FedAsync', mu: 2 });
  // Slopes −1 at w = 0, then −1 + 2 · 0.1.
  expect(update[0]).toBeCloseTo(0.1 + 0.08, 12);
});

describe('FedBuff', () => {
  interface Trigger {
    readonly arrivals: number;
    readonly buffer_size: number;
  }
  it.each(loadCases<Trigger, boolean[]>('fedbuff-trigger'))('moves on the arrivals of $id', async (one) => {
    const { arrivals, buffer_size } = one.input;
    const rounds = Math.floor(arrivals / buffer_size);
    const samples = { features: Float32Array.of(1), shape: [1], targets: Float32Array.of(0), count: 1 };
    const moves: boolean[] = [];
    for await (const { reports } of federate({
      devices: { a: { samples }, b: { samples }, c: { samples } },
      model: softmaxRegression(1, 2),
      arguments: { algorithm: 'FedBuff', buffer_size, rounds, epochs: 1, lr_scheduler: 'none' },
    }))
      moves.push(...reports.map((_, place) => place === reports.length - 1));
    // Arrivals after the last step stay in the buffer.
    expect(moves).toEqual(one.expected.slice(0, rounds * buffer_size));
    expect(one.expected.slice(rounds * buffer_size)).not.toContain(true);
  });

  // fedbuff-symmetry: FLSim's test_fedbuff_async_symmetry, and below its test_momentum_implementation_zero_weight.
  it('gives the same result for any order of arrivals in a buffer', async () => {
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const arrival = fc.record({
      start: fc.tuple(value, value),
      local: fc.tuple(value, value),
      staleness: fc.nat(20),
    });
    const arrivals = fc.array(arrival, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (buffer) => {
        const after = (order: typeof buffer) =>
          createServer({ algorithm: 'FedBuff', buffer_size: buffer.length }, [1, -1]).arrive(order);
        expect(distance(await after(buffer.toReversed()), await after(buffer))).toBeLessThan(1e-12);
      }),
      { numRuns: 50 },
    );
  });
});

it('FedBuff moves by the share that old updates count for, whatever the rule', async () => {
  const server = createServer({ algorithm: 'FedBuff', aggregator: 'median' }, [0]);
  const [weight] = await server.arrive([
    { start: [0], local: [2], staleness: 3 },
    { start: [0], local: [4], staleness: 3 },
  ]);
  // s(3) = 1/2 of the median.
  expect(weight).toBeCloseTo(3 / 2, 6);
});

describe("FedBuff's momentum", () => {
  const arrival = { start: [0], local: [1], staleness: 0 };
  const tooOld = { start: [0], local: [9], staleness: 7 };
  const createBuffer = (change: object) =>
    createServer(
      {
        algorithm: 'FedBuff',
        buffer_size: 1,
        server_momentum: 0.5,
        staleness_rule: 'threshold',
        staleness_beyond: 0,
        ...change,
      },
      [0],
    );

  it('adds the decayed previous step to the next one', async () => {
    const server = createBuffer({ server_lr: 2 });
    expect([...(await server.arrive([arrival]))]).toEqual([2]);
    // v = 0.5 · 1 + 1.
    expect([...(await server.arrive([arrival]))]).toEqual([5]);
  });

  it('has no state if server_momentum is 0', () => {
    expect(createBuffer({ server_momentum: 0 }).state).toEqual({});
  });

  // FLSim's test_momentum_implementation_zero_weight.
  it('stays unchanged, like the model, if all arrivals have weight 0', async () => {
    const [with_, without] = [createBuffer({}), createBuffer({})];
    for (const server of [with_, without]) await server.arrive([arrival]);
    expect([...(await with_.arrive([tooOld]))]).toEqual([1]);
    expect(await with_.arrive([arrival])).toEqual(await without.arrive([arrival]));
    expect(with_.state).toEqual(without.state);
  });
});

describe('staleness', () => {
  interface Input {
    readonly staleness: number;
    readonly avg_staleness: number;
    readonly exponent: number;
  }
  interface Threshold {
    readonly cutoff: number;
    readonly value_after_cutoff: number;
  }
  const cases = loadCases<Input & Threshold & { exponents: number[] }, number | 'ERROR'>('staleness');
  const [polynomial, threshold] = ['exponent', 'cutoff'].map((own) =>
    cases.filter(({ input }) => own in input),
  );

  it.each(polynomial!)(
    'weighs $id',
    ({ input: { staleness: tau, avg_staleness, exponent }, expected, tolerance_abs }) => {
      // The peer divides by the weight of the average staleness.
      const weight = weightAt(tau, exponent) / weightAt(avg_staleness, exponent);
      expect(Math.abs(weight - (expected as number))).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  it.each(threshold!)('weighs $id', ({ input, expected }) => {
    const weight = staleness(input.staleness, {
      ...standard,
      staleness_rule: 'threshold',
      staleness_cutoff: input.cutoff,
      staleness_beyond: input.value_after_cutoff,
    });
    expect(weight).toBe(expected);
  });

  it('counts in full up to the cutoff, and in FedAsync as a share of `mixing`', async () => {
    const args = { algorithm: 'FedAsync', mixing: 0.5, staleness_rule: 'threshold', staleness_cutoff: 3 };
    const moved = async (tau: number) => {
      const server = createServer({ ...args, staleness_beyond: 0.25 }, [0]);
      return (await server.arrive([{ start: [0], local: [8], staleness: tau }]))[0];
    };
    expect([await moved(3), await moved(4)]).toEqual([4, 1]);
  });

  const refused = cases.find(({ expected }) => expected === 'ERROR')!.input.exponents;
  it.each(refused.flatMap((exponent) => ['FedBuff', 'FedAsync'].map((name) => [exponent, name] as const)))(
    'refuses the exponent %d of %s, by name',
    (staleness_exponent, algorithm) => {
      expect(() => parseRunArguments(registry, { algorithm, staleness_exponent })).toThrow(
        /^staleness_exponent: /,
      );
    },
  );

  it('never weighs an older update more, and with 0 weighs all alike', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (tau, exponent) => {
        expect(weightAt(tau + 1, exponent)).toBeLessThanOrEqual(weightAt(tau, exponent));
        expect(weightAt(tau, 0)).toBe(1);
        expect(weightAt(0, exponent)).toBe(1);
      }),
    );
  });
});
