import { Diverged } from '../errors.js';
import { meanLoss, type LossHistory, type RoundEvaluations } from '../checkpoints/loss-history.js';

/** Throws `Diverged` where a round's mean training loss is more than `factor` times what the first round's was. */
export function checkDivergence(
  { firstLoss: before, rounds }: LossHistory,
  factor: number | null | undefined,
): void {
  const last = rounds.at(-1);
  if (factor == null || before === null || last === undefined) return;
  const now = meanLoss(last);
  // Losses near zero, and those that may be negative, are no measure by themselves.
  if (now <= factor * Math.max(1, Math.abs(before))) return;
  throw new Diverged(
    last.round,
    `the mean training loss went from ${before.toPrecision(3)} to ${now.toPrecision(3)}`,
  );
}

/** Throws `Diverged` where a trained model has no evaluation loss at any of the participants that evaluated it. */
export function checkEvaluations(round: number, evaluations: RoundEvaluations): void {
  const measured = Object.entries(evaluations).filter(([, { samples }]) => samples > 0);
  if (round === 0 || measured.length === 0 || measured.some(([, { loss }]) => loss !== null)) return;
  const reasons = measured.map(([name, { issue = NO_LOSS }]) => `${name}: ${issue}`);
  throw new Diverged(round, `no participant could evaluate the global model (${reasons.join('; ')})`);
}

/** What is said of an evaluation without a loss where the worker gave no reason. */
export const NO_LOSS = 'the evaluation loss is not finite';
