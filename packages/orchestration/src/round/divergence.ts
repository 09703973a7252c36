import { Diverged } from '../errors.js';
import type { LossHistory } from './loss-history.js';

/** Throws `Diverged` where a round's mean training loss is more than `factor` times what the first round's was. */
export function checkDivergence({ rounds }: LossHistory, factor: number | null | undefined): void {
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (factor == null || first === undefined || last === undefined) return;
  const [before, now] = [mean(first.train), mean(last.train)];
  // Losses near zero, and those that may be negative, are no measure by themselves.
  if (now <= factor * Math.max(1, Math.abs(before))) return;
  throw new Diverged(
    last.round,
    `the mean training loss went from ${before.toPrecision(3)} to ${now.toPrecision(3)}`,
  );
}

function mean(losses: Readonly<Record<string, number>>): number {
  const values = Object.values(losses);
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
