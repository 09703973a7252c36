import { z } from 'zod';
import type { StoredRecord } from '@synergos/artifacts';
import { byName } from '../by-name.js';

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
