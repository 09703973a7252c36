import { Diverged } from '../errors.js';
import { meanLoss, type LossHistory, type RoundEvaluations } from '../checkpoints/loss-history.js';

/** Throws `Diverged` if a round's mean training loss exceeds `factor` times that of the first round. */
export function checkDivergence(
  { firstLoss: before, rounds }: LossHistory,
  factor: number | null | undefined,
): void {
  const last = rounds.at(-1);
  if (factor == null || before === null || last === undefined) return;
  const now = meanLoss(last);
  // Losses near zero, and losses that can be negative, give no scale.
  if (now <= factor * Math.max(1, Math.abs(before))) return;
  throw new Diverged(
    last.round,
    `the mean training loss went from ${before.toPrecision(3)} to ${now.toPrecision(3)}`,
  );
}

/** Throws `Diverged` if a trained model has no finite loss at any participant that evaluated it. */
export function checkEvaluations(round: number, evaluations: RoundEvaluations): void {
  const measured = Object.entries(evaluations).filter(([, { samples }]) => samples > 0);
  if (round === 0 || measured.length === 0 || measured.some(([, { loss }]) => loss !== null)) return;
  const reasons = measured.map(([name, { issue = NO_LOSS }]) => `${name}: ${issue}`);
  throw new Diverged(round, `no participant could evaluate the global model (${reasons.join('; ')})`);
}

/** Reason of an undefined evaluation, if the worker gave none. */
export const NO_LOSS = 'the evaluation loss is not finite';
