import { z } from 'zod';
import type { Evaluation } from '@synergos/rpc-core';
import { byName } from '../by-name.js';

export const evaluationsSchema = z.record(
  z.string(),
  z.object({
    samples: z.number(),
    loss: z.number().nullable(),
    score: z.number().nullable(),
    /** Why there is no loss. */
    issue: z.string().optional(),
  }),
);

export const roundLossesSchema = z.object({
  round: z.number().int(),
  /** Mean training loss of each participant's last epoch. */
  train: z.record(z.string(), z.number()),
  /** Participants that were asked and gave no update, if any. */
  dropped: z.array(z.string()).optional(),
  /** Evaluations of the round's global model, by participant; filled in once known. */
  evaluate: evaluationsSchema,
});
export type RoundLosses = z.infer<typeof roundLossesSchema>;

/** Losses by round; of a long training only the newest rounds, the others are in files. */
export const lossHistorySchema = z.object({
  /** Mean training loss of the first round; null before its end. */
  firstLoss: z.number().nullable(),
  rounds: z.array(roundLossesSchema),
});
export type LossHistory = z.infer<typeof lossHistorySchema>;
export const noLosses: LossHistory = { firstLoss: null, rounds: [] };
export type RoundEvaluations = z.infer<typeof evaluationsSchema>;

export interface PooledEvaluation {
  readonly samples: number;
  readonly loss: number;
  /** Accuracy for classification, which pools exactly; for R² the mean weighted by samples. */
  readonly score: number | null;
}

/** Means over the participants, weighted by their numbers of samples; undefined without a finite loss. */
export function pool(evaluations: RoundEvaluations): PooledEvaluation | undefined {
  const all = Object.entries(evaluations)
    .sort(byName)
    .flatMap(([, { samples, loss, score }]) =>
      samples > 0 && loss !== null ? [{ samples, loss, score }] : [],
    );
  const samples = all.reduce((sum, one) => sum + one.samples, 0);
  if (samples === 0) return undefined;
  const mean = (value: (one: (typeof all)[number]) => number) =>
    all.reduce((sum, one) => sum + one.samples * value(one), 0) / samples;
  const scored = all.every(({ score }) => score !== null);
  return { samples, loss: mean(({ loss }) => loss), score: scored ? mean(({ score }) => score ?? 0) : null };
}

export function withTraining(
  history: LossHistory,
  round: number,
  trained: ReadonlyMap<string, { readonly loss: number }>,
  dropped: readonly string[] = [],
): LossHistory {
  const train = Object.fromEntries(
    [...trained].sort(byName).map(([participant, { loss }]) => [participant, loss]),
  );
  return {
    firstLoss: history.firstLoss ?? meanLoss({ train }),
    rounds: [
      ...history.rounds,
      { round, train, ...(dropped.length > 0 && { dropped: [...dropped] }), evaluate: {} },
    ],
  };
}

/** Adds evaluations of the global model after `round`; those of round 0, the initial model, are not kept. */
export function withEvaluations(
  history: LossHistory,
  round: number,
  evaluate: RoundEvaluations,
): LossHistory {
  return {
    ...history,
    rounds: history.rounds.map((entry) =>
      entry.round === round ? { ...entry, evaluate: { ...entry.evaluate, ...evaluate } } : entry,
    ),
  };
}

/** Mean training loss of a round; 0 if no participant trained. */
export function meanLoss({ train }: Pick<RoundLosses, 'train'>): number {
  return mean(Object.values(train)) ?? 0;
}

interface Curves {
  /** One value per round; null if there is none. */
  readonly train: (number | null)[];
  readonly evaluate: (number | null)[];
  readonly score: (number | null)[];
}

export interface LossCurves {
  readonly global: Curves;
  /** By participant that trained, sorted by name. */
  readonly local: Readonly<Record<string, Curves>>;
  /** Numbers of participants by round. */
  readonly participation: readonly { readonly updates: number; readonly dropped: number }[];
}

/** Summarises all rounds, in order, into the stored loss histories. */
export async function summarise(rounds: AsyncIterable<RoundLosses>): Promise<LossCurves> {
  const global = noCurves(0);
  const local = new Map<string, Curves>();
  const participation: { updates: number; dropped: number }[] = [];
  for await (const { train, evaluate, dropped = [] } of rounds) {
    const pooled = pool(evaluate);
    const { length } = participation;
    append(global, mean(Object.values(train)), pooled);
    for (const name of Object.keys(train)) if (!local.has(name)) local.set(name, noCurves(length));
    for (const [name, curves] of local) append(curves, train[name], evaluate[name]);
    participation.push({ updates: Object.keys(train).length, dropped: dropped.length });
  }
  return { global, local: Object.fromEntries([...local].sort(byName)), participation };
}

function noCurves(length: number): Curves {
  const nulls = () => Array.from<null>({ length }).fill(null);
  return { train: nulls(), evaluate: nulls(), score: nulls() };
}

function append(
  curves: Curves,
  train: number | null | undefined,
  evaluation: Pick<Evaluation, 'loss' | 'score'> | undefined,
): void {
  curves.train.push(train ?? null);
  curves.evaluate.push(evaluation?.loss ?? null);
  curves.score.push(evaluation?.score ?? null);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
