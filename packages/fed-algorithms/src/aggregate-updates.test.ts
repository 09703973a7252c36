import { describe, expect, it } from 'vitest';
import { aggregate, aggregators, createAggregator, createEngine, partitionOf } from './index.js';
import { aggregateVectors } from './aggregate-vectors.js';

const engine = createEngine();
const heard = [1, 2, 3, 4, 5].map((value) => Float32Array.of(value, -value, value * 10, 0));
const old = Float32Array.of(900, 900, -900, 900);

describe.each(aggregators.map(({ name }) => name))('updates that %s gets', (name) => {
  const settings = {
    // Bulyan with one malicious update needs seven.
    ...{ byzantine: name === 'bulyan' ? 0 : 1, krum_selected: 3, trim: 0.2 },
    ...{ clip_norm: 1e3, clip_radius: 1e3, value_bound: 1e3 },
  };

  it('do not change with one of weight 0, however far out it is', async () => {
    const expected = await aggregate(name, heard, { ...settings, engine, weights: [2, 1, 1, 3, 2] });
    const updates = [...heard.slice(0, 2), old, ...heard.slice(2), old];
    const got = await aggregate(name, updates, { ...settings, engine, weights: [2, 1, 0, 1, 3, 2, 0] });
    expect([...got]).toEqual([...expected]);
  });

  it('are those of the trained values alone: the others are averaged by samples', async () => {
    const tensors = [
      { name: '0.weight', shape: [1], offset: 0, size: 1, trainable: true },
      { name: '1.running_mean', shape: [1], offset: 1, size: 1, trainable: false },
      { name: '2.weight', shape: [1], offset: 2, size: 1, trainable: true },
      { name: '3.running_var', shape: [1], offset: 3, size: 1, trainable: false },
    ];
    const partition = partitionOf({ tensors, size: 4 });
    const samples = [10, 10, 20, 50, 10];
    // Far outside of any clip or bound, and of the distances between the trained values.
    const statistics = [1e6, 2e6, -1e6, 5e6, 0];
    const trained = heard.map(([a, , c]) => Float32Array.of(a!, c!));
    const updates = trained.map(([a, c], k) => Float32Array.of(a!, statistics[k]!, c!, 0.25));
    const rule = createAggregator(name, settings);
    const shares = samples.map((plainWeight) => ({ weight: 1, plainWeight }));
    const got = await aggregateVectors(rule, updates, shares, engine, { partition });
    const alone = await aggregate(name, trained, { ...settings, engine });
    expect([got[0], got[2]]).toEqual([...alone]);
    const mean = statistics.reduce((sum, value, k) => sum + (value * samples[k]!) / 100, 0);
    expect(got[1]! / mean).toBeCloseTo(1, 6);
    expect(got[3]).toBeCloseTo(0.25, 6);
  });

  it('are scaled before the rule', async () => {
    const rule = () => createAggregator(name, settings);
    const scales = [1, 0.5, 0.25, 0.5, 2];
    const scaled = heard.map((update, k) => update.map((value) => value * scales[k]!));
    const shares = scales.map((scale) => ({ weight: 1, scale }));
    const got = await aggregateVectors(rule(), heard, shares, engine);
    expect([...got]).toEqual([...(await aggregate(name, scaled, { ...settings, engine }))]);
  });
});

describe('trimmed-mean', () => {
  it.each([3, 5, 9])('cuts a value at each end of %i by default', async (count) => {
    const values = Array.from({ length: count }, (_, k) => Float32Array.of(k === 0 ? 1e9 : 1));
    expect([...(await aggregate('trimmed-mean', values, { engine }))]).toEqual([1]);
  });

  it('is the mean of one or two', async () => {
    const values = [Float32Array.of(1), Float32Array.of(4)];
    expect([...(await aggregate('trimmed-mean', values, { engine }))]).toEqual([2.5]);
  });
});
