import type { RunArguments } from '@synergos/fed-algorithms';
import { z } from 'zod';
import { modelFileSchema } from './global-model.js';
import { evaluationsSchema, pool, type RoundEvaluations } from './loss-history.js';

/** Comparison of the rounds so far: the best one, and the rounds since the last improvement. */
export const standingSchema = z.object({
  /** The round with the lowest evaluation loss; null while no round is evaluated. */
  best: z.object({ round: z.number().int(), model: modelFileSchema, evaluate: evaluationsSchema }).nullable(),
  /** Evaluations that early stopping compares with: of the last round that improved by more than `delta`. */
  reference: evaluationsSchema.nullable(),
  /** Rounds since then. */
  waited: z.number().int(),
});
export type Standing = z.infer<typeof standingSchema>;
export type EvaluatedModel = NonNullable<Standing['best']>;

export const noStanding: Standing = { best: null, reference: null, waited: 0 };

/** The standing after one more evaluated round, in order of rounds. `evaluators`: number of participants that can evaluate. */
export function judged(
  standing: Standing,
  one: EvaluatedModel,
  { delta, evaluators }: Pick<RunArguments, 'delta'> & { readonly evaluators: number },
): Standing {
  const { best, reference, waited } = standing;
  const losses = lossesOf(one.evaluate, best?.evaluate ?? one.evaluate, evaluators);
  if (losses === undefined) return standing;
  const isBest = best === null || losses.own < losses.other;
  const since = reference === null ? undefined : lossesOf(one.evaluate, reference, evaluators);
  const isImproved = reference === null || (since !== undefined && since.own < since.other - delta);
  return {
    best: isBest ? one : best,
    reference: isImproved ? one.evaluate : reference,
    waited: isImproved ? 0 : waited + (since === undefined ? 0 : 1),
  };
}

/** Means of two rounds over the participants that evaluated both; undefined for fewer than half of the evaluators. */
function lossesOf(
  evaluations: RoundEvaluations,
  others: RoundEvaluations,
  evaluators: number,
): { readonly own: number; readonly other: number } | undefined {
  const isMeasured = (of: RoundEvaluations, name: string) =>
    of[name] !== undefined && of[name].loss !== null && of[name].samples > 0;
  const common = Object.keys(evaluations).filter(
    (name) => isMeasured(evaluations, name) && isMeasured(others, name),
  );
  if (2 * common.length < evaluators) return undefined;
  const meanOf = (of: RoundEvaluations) =>
    pool(Object.fromEntries(common.flatMap((name) => (of[name] ? [[name, of[name]]] : []))))?.loss;
  const [own, other] = [meanOf(evaluations), meanOf(others)];
  return own === undefined || other === undefined ? undefined : { own, other };
}
