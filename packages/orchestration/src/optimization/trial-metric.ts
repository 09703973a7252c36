import { z } from 'zod';
import type { StoredRecord } from '@synergos/artifacts';
import type { Mode } from '@synergos/scaling';
import { byName } from '../by-name.js';

const low = (names: readonly string[]) => names.map((name) => [name, 'min'] as const);
const high = (names: readonly string[]) => names.map((name) => [name, 'max'] as const);
const common = [...low(['loss']), ...high(['score'])];

/** Metrics of a validation by the project's action, with the direction of improvement. */
const METRICS: Readonly<Record<'regress' | 'classify', ReadonlyMap<string, Mode>>> = {
  regress: new Map([...high(['R2']), ...low(['MSE', 'MAE']), ...common]),
  classify: new Map([
    ...high(['accuracy', 'roc_auc_score', 'pr_auc_score', 'f_score', 'TPRs', 'TNRs', 'PPVs', 'NPVs']),
    ...low(['FPRs', 'FNRs', 'FDRs']),
    ...high(['TPs', 'TNs']),
    ...low(['FPs', 'FNs']),
    ...common,
  ]),
};

/** Metrics that can be optimized for an action, the default first. */
export function metricsOf(action: 'regress' | 'classify'): ReadonlyMap<string, Mode> {
  return METRICS[action];
}

const number = z.number().nullish();
const validationSchema = z.object({
  evaluate: z.object({
    statistics: z.record(z.string(), z.union([number, z.array(number)])),
    samples: z.number().nonnegative().default(1),
    loss: number,
    score: number,
  }),
});

/**
 * The metric over all participants: their mean, weighted by numbers of samples; for a metric with a value per class, the mean
 * over the classes. Null if it is undefined at every participant.
 */
export function metricIn(
  validations: readonly Pick<StoredRecord, 'key' | 'body'>[],
  metric: string,
): number | null {
  let sum = 0;
  let weights = 0;
  const byParticipant = validations.map(({ key, body }) => [key.participant_id ?? '', body] as const);
  for (const [, body] of byParticipant.sort(byName)) {
    const { evaluate } = validationSchema.parse(body);
    const { statistics, samples, loss, score } = evaluate;
    const given = metric === 'loss' ? loss : metric === 'score' ? score : statistics[metric];
    const value = mean([given].flat().filter((one): one is number => one != null));
    if (value === undefined) continue;
    sum += samples * value;
    weights += samples;
  }
  return weights === 0 ? null : sum / weights;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
