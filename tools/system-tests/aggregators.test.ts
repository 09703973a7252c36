import { aggregators } from '@synergos/fed-algorithms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Federation } from './federation.js';

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

it('an aggregator takes the place of the mean, each with a result of its own', async () => {
  const models = new Map<string, Float32Array>();
  const args = { trim: 0.34, krum_selected: 2, clip_norm: 0.01, clip_quantile: 0.5, clip_radius: 0.02 };
  for (const aggregator of aggregators) {
    await federation.createRun(aggregator, { aggregator, ...args });
    await federation.train(aggregator);
    models.set(aggregator, await federation.weights(aggregator));
  }
  await federation.createRun('unset', {});
  await federation.train('unset');
  expect([...models.values()].every(finite)).toBe(true);
  expect(models.get('mean')).toEqual(await federation.weights('unset'));
  // Of three values the median is what is left when one is cut at each end.
  expect(models.get('trimmed-mean')).toEqual(models.get('median'));
  expect(new Set([...models.values()].map((weights) => weights.join())).size).toBe(aggregators.length - 1);
}, 60_000);

it('too few participants for Krum end the job with the inequality', async () => {
  await federation.createRun('impossible', { aggregator: 'krum', byzantine: 1 });
  await expect(federation.train('impossible')).rejects.toThrow(/n ≥ 2f \+ 3.*n = 3, f = 1/);
});

it('what a rule carries between rounds outlives the TTP', async () => {
  const change = { aggregator: 'centered-clipping', clip_radius: 0.2, rounds: 4 };
  await federation.createRun('carried', change);
  await federation.train('carried');
  await federation.createRun('carried-killed', change);
  let killed: Promise<void> | undefined;
  await federation.train('carried-killed', ({ type, round }) => {
    if (type === 'round_completed' && round === 2) killed ??= federation.restartTtp();
  });
  expect(killed).toBeDefined();
  expect(await federation.weights('carried-killed')).toEqual(await federation.weights('carried'));
}, 60_000);
