import { z } from 'zod';
import type { Evaluation, TrainReply } from '@synergos/rpc-core';

const evaluationsSchema = z.record(
  z.string(),
  z.object({ samples: z.number(), loss: z.number(), score: z.number().nullable() }),
);

/** What was measured round by round. Round r's evaluation is of the global model that round r ended with. */
export const lossHistorySchema = z.object({
  rounds: z.array(
    z.object({
      round: z.number().int(),
      /** Mean training loss of each participant's last epoch. */
      train: z.record(z.string(), z.number()),
      /** The global model on each participant's evaluation data; filled when known. */
      evaluate: evaluationsSchema,
    }),
  ),
});
export type LossHistory = z.infer<typeof lossHistorySchema>;
export type RoundEvaluations = z.infer<typeof evaluationsSchema>;

export interface PooledEvaluation {
  readonly samples: number;
  readonly loss: number;
  /** Accuracy for classification, which pools exactly; for R² the mean weighted by samples. */
  readonly score: number | null;
}

/** Means over the participants, weighted by their numbers of samples; undefined where there are none. */
export function pool(evaluations: RoundEvaluations): PooledEvaluation | undefined {
  const all = Object.values(evaluations).filter(({ samples }) => samples > 0);
  const samples = all.reduce((sum, one) => sum + one.samples, 0);
  if (samples === 0) return undefined;
  const mean = (value: (one: Evaluation) => number) =>
    all.reduce((sum, one) => sum + one.samples * value(one), 0) / samples;
  const scored = all.every(({ score }) => score !== null);
  return { samples, loss: mean(({ loss }) => loss), score: scored ? mean(({ score }) => score ?? 0) : null };
}

export function withTraining(
  history: LossHistory,
  round: number,
  replies: ReadonlyMap<string, TrainReply>,
): LossHistory {
  const train = Object.fromEntries(
    [...replies].sort(byName).map(([participant, { loss }]) => [participant, loss]),
  );
  return { rounds: [...history.rounds, { round, train, evaluate: {} }] };
}

/** Evaluations of the global model after `round`; round 0 is the initial model, which is not kept. */
export function withEvaluations(
  history: LossHistory,
  round: number,
  evaluate: RoundEvaluations,
): LossHistory {
  return { rounds: history.rounds.map((entry) => (entry.round === round ? { ...entry, evaluate } : entry)) };
}

/** The loss histories as they are stored and shown: the global one, and one for each participant. */
export function summarise(history: LossHistory, participants: readonly string[]) {
  const curve = (value: (entry: LossHistory['rounds'][number]) => number | undefined | null) =>
    history.rounds.map((entry) => value(entry) ?? null);
  return {
    global: {
      train: curve(({ train }) => mean(Object.values(train))),
      evaluate: curve(({ evaluate }) => pool(evaluate)?.loss),
      score: curve(({ evaluate }) => pool(evaluate)?.score),
    },
    local: Object.fromEntries(
      participants.map((participant) => [
        participant,
        {
          train: curve(({ train }) => train[participant]),
          evaluate: curve(({ evaluate }) => evaluate[participant]?.loss),
          score: curve(({ evaluate }) => evaluate[participant]?.score),
        },
      ]),
    ),
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
