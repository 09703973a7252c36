import { describe, expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';
import { softmaxRegression } from '../../test/softmax-regression.js';
import { federate, type FederatedRound } from '../harness/federation.js';
import { createRandom } from '../model/index.js';
import type { Samples } from '../training/samples.js';

describe("a participant's part of FedPrune", () => {
  /** The gradient of the first weight is −3 throughout, that of the second −1. */
  const data = { W: [[0], [0]], X: [[3, 1]], targets: [[99]], lr: 0.1, epochs: 2 };
  const given = { algorithm: 'FedPrune', layer_times: 'equal' };

  it('leaves masked weights as they are', async () => {
    const { update } = await trainCase(data, given, { masked: Float64Array.of(1, 0) });
    expect(update[0]).toBe(0);
    expect(update[1]).toBeCloseTo(0.2, 12);
  });

  it('sends squared gradients, including those of masked weights, and seconds only before a reconfiguration', async () => {
    const masked = Float64Array.of(1, 0);
    const { vectors, values } = await trainCase(data, given, { masked });
    expect([...vectors.importance!]).toEqual([9, 1]);
    expect(values).toEqual({ 'seconds.0': 2e-6 });
    const between = await trainCase(data, { ...given, initial_rounds: 2 }, { masked });
    expect([between.vectors, between.values]).toEqual([{}, {}]);
  });
});

describe('a run of FedPrune', () => {
  const FEATURES = 6;
  const CLASSES = 3;
  const random = createRandom(5);
  const device = (count: number): Samples => ({
    // Of the features some say nothing.
    features: Float32Array.from({ length: count * FEATURES }, (_, i) =>
      i % FEATURES < 2 ? ((i / FEATURES) | 0) % CLASSES : random.uniform(-0.01, 0.01),
    ),
    shape: [FEATURES],
    targets: Float32Array.from({ length: count }, (_, row) => row % CLASSES),
    count,
  });
  const plain = softmaxRegression(FEATURES, CLASSES);
  const names = ['0.weight', '0.bias'];
  const tensors = plain.manifest.tensors.map((tensor, i) => ({ ...tensor, name: names[i]! }));
  const model = { ...plain, manifest: { ...plain.manifest, tensors } };
  const initial = Float32Array.from({ length: plain.manifest.size }, () => random.uniform(0.1, 1));

  async function run(change: object): Promise<FederatedRound[]> {
    const rounds: FederatedRound[] = [];
    const settings = { epochs: 2, batch_size: 8, lr: 0.1, lr_scheduler: 'none', layer_times: 'equal' };
    for await (const round of federate({
      devices: { a: { samples: device(30) }, b: { samples: device(60) }, c: { samples: device(21) } },
      model,
      initial,
      arguments: { algorithm: 'FedPrune', ...settings, ...change },
    }))
      rounds.push(round);
    return rounds;
  }
  const zeros = ({ weights }: FederatedRound) =>
    [...weights.keys()].filter((index) => weights[index] === 0).join();

  it('begins with one participant, and reconfigures at the given interval', async () => {
    const rounds = await run({ rounds: 7, initial_rounds: 2, reconfigure_every: 3, constant_time: 1e-9 });
    expect(rounds.map(({ reports }) => reports.map(({ participant }) => participant).join(''))).toEqual([
      ...['a', 'a'],
      ...['abc', 'abc', 'abc', 'abc', 'abc'],
    ]);
    const told = rounds.filter(({ reports }) => reports.some(({ values }) => 'seconds.0' in values));
    expect(told.map(({ round }) => round)).toEqual([2, 5]);
    expect(zeros(rounds[0]!)).toBe('');
    expect(zeros(rounds[1]!)).not.toBe('');
    // Between reconfigurations those that are masked stay zero, to the bit.
    expect([zeros(rounds[2]!), zeros(rounds[3]!)]).toEqual([zeros(rounds[1]!), zeros(rounds[1]!)]);
    // What is no longer masked is trained from zero on.
    expect(zeros(rounds[5]!)).not.toBe(zeros(rounds[3]!));
    expect(zeros(rounds[6]!)).toBe(zeros(rounds[5]!));
    // Biases stay.
    expect(rounds[6]!.weights.subarray(FEATURES * CLASSES).every((value) => value !== 0)).toBe(true);
  });

  it('masks less the larger the time that pruning cannot save', async () => {
    const masked = async (constant_time: number) =>
      zeros((await run({ rounds: 1, constant_time })).at(-1)!)
        .split(',')
        .filter(Boolean).length;
    const [most, some, none] = [await masked(1e-9), await masked(1e-3), await masked(1e6)];
    expect(most).toBeGreaterThan(some);
    expect(some).toBeGreaterThan(0);
    expect(none).toBe(0);
  });
});
