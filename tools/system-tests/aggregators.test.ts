import { aggregators } from '@synergos/fed-algorithms';
import { decodeSafetensors } from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Federation, IDS, RUN } from './federation.js';

const federation = new Federation();
beforeAll(() => federation.start(), 60_000);
afterAll(() => federation.close());

const finite = (weights: Float32Array) => weights.length > 0 && weights.every(Number.isFinite);

it.each(['FedAdagrad', 'FedAdam', 'FedYogi'])('%s trains to a model of its own', async (algorithm) => {
  await federation.createRun(`plain-${algorithm}`, {});
  await federation.createRun(algorithm, { algorithm });
  await federation.train(`plain-${algorithm}`);
  await federation.train(algorithm);
  const weights = await federation.weights(algorithm);
  expect(finite(weights)).toBe(true);
  expect(weights).not.toEqual(await federation.weights(`plain-${algorithm}`));
});

it('each aggregator replaces the mean, with a different result', async () => {
  const models = new Map<string, Float32Array>();
  const args = {
    trim: 0.34,
    krum_selected: 2,
    clip_norm: 0.01,
    clip_quantile: 0.5,
    clip_radius: 0.02,
    value_bound: 0.01,
    value_bits: 8,
  };
  // These need more participants than the federation has, and are rejected when the run is created.
  const refused = ['multi-krum', 'bulyan'];
  for (const { name: aggregator } of aggregators) {
    const created = federation.createRun(aggregator, { aggregator, ...args });
    if (refused.includes(aggregator)) {
      await expect(created).rejects.toThrow(/byzantine/);
      continue;
    }
    await created;
    await federation.train(aggregator);
    models.set(aggregator, await federation.weights(aggregator));
  }
  await federation.createRun('unset', {});
  await federation.train('unset');
  expect([...models.values()].every(finite)).toBe(true);
  expect(models.get('mean')).toEqual(await federation.weights('unset'));
  // Of three values, a trimmed mean that cuts one at each end is the median.
  expect(models.get('trimmed-mean')).toEqual(models.get('median'));
  expect(new Set([...models.values()].map((weights) => weights.join())).size).toBe(
    aggregators.length - refused.length - 1,
  );
}, 120_000);

it('too few participants for Krum fail the job with the inequality', async () => {
  await federation.createRun('impossible', { aggregator: 'krum', byzantine: 1 });
  await expect(federation.train('impossible')).rejects.toThrow(/n ≥ 2f \+ 3.*n = 3, f = 1/);
});

it('the state of a rule and of participants survives a restart of TTP and worker', async () => {
  const change = { aggregator: 'centered-clipping', clip_radius: 0.2, client_momentum: 0.5, rounds: 4 };
  await federation.createRun('without-momentum', { ...change, client_momentum: 0 });
  await federation.train('without-momentum');
  await federation.createRun('carried', change);
  await federation.train('carried');
  await federation.createRun('carried-killed', change);
  let killed: Promise<void> | undefined;
  await federation.train('carried-killed', ({ type, round }) => {
    if (type !== 'round_completed' || round !== 2) return;
    killed ??= (async () => {
      await federation.killWorker('dream');
      await federation.restartTtp();
      federation.startWorker('dream');
    })();
  });
  expect(killed).toBeDefined();
  await killed;
  const carried = await federation.weights('carried');
  expect(await federation.weights('carried-killed')).toEqual(carried);
  expect(await federation.weights('without-momentum')).not.toEqual(carried);
}, 120_000);

describe('noise', () => {
  const WIDE = { ...IDS, expt_id: 'wide' } as const;
  const LAYERS = [
    { l_type: 'Linear', structure: { in_features: 1, out_features: 96 }, activation: 'relu', is_input: true },
    { l_type: 'Linear', structure: { in_features: 96, out_features: 3 }, activation: 'softmax' },
  ];
  beforeAll(async () => {
    await federation.driver.experiments.create({ ...WIDE, model: LAYERS });
  });

  /** Updates are clipped to nearly zero: the model is the noise, in units of one round's noise. */
  async function noiseOf(run_id: string, change: object): Promise<number> {
    const args = {
      aggregator: 'norm-clipping',
      clip_norm: 0.001,
      noise_multiplier: 300,
      return: 'last',
      initial_weights: 'zeros',
    };
    const ids = { ...WIDE, run_id };
    await federation.driver.runs.create({
      ...ids,
      ...RUN,
      rounds: 4,
      epochs: 2,
      lr: 0.01,
      ...args,
      ...change,
    });
    let killed: Promise<void> | undefined;
    await federation.driver.models.create(ids, {
      onEvent: ({ type, round }) => {
        if (type === 'round_completed' && round === 3) killed ??= federation.restartTtp();
      },
    });
    expect(killed).toBeDefined();
    await killed;
    const bytes = await federation.driver.models.download({ ...ids, name: 'global_model.safetensors' });
    const { data } = decodeSafetensors(bytes);
    return Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0) / data.length) / 0.1;
  }

  it('accumulates over the rounds, except for the tree mechanism, also if the TTP is killed', async () => {
    const [rounds, tree] = [
      await noiseOf('gaussian', {}),
      await noiseOf('tree', { noise_mechanism: 'tree' }),
    ];
    // Noise of four rounds, and of the one node that covers them: without the stored tree it would be √3.
    expect(Math.abs(rounds / 2 - 1)).toBeLessThan(0.15);
    expect(Math.abs(tree - 1)).toBeLessThan(0.15);
  }, 120_000);

  it('without a remainder for an adaptive bound fails the job with the inequality', async () => {
    await federation.createRun('noisy', {
      aggregator: 'norm-clipping',
      clip_quantile: 0.5,
      noise_multiplier: 1,
    });
    await expect(federation.train('noisy')).rejects.toThrow(/noise_multiplier < 2 · noise_count_stddev/);
  });
});
