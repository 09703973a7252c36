import { Diverged } from '../errors.js';
import { meanLoss, type LossHistory } from './loss-history.js';

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
