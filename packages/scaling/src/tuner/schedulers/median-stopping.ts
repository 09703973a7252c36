import type { Progress, Scheduler } from '../scheduler.js';
import { compareValues, type Trial } from '../trial.js';

/** A median of fewer trials says nothing. */
const FEWEST_OTHERS = 3;
/** Looks at a trial, from its first round to its last. */
const LOOKS = 10;

/**
 * Median stopping (Golovin et al., "Google Vizier", KDD 2017, §3.2.2): a trial is cut when its best value so far is worse
 * than the median of the other trials' running averages up to the same round.
 */
export const medianStopping: Scheduler = {
  name: 'median-stopping',
  cuts: true,
  next(progress) {
    const { trials, maxTrials, rounds } = progress;
    const interval = Math.max(progress.gracePeriod, Math.ceil(rounds / LOOKS));
    const waiting = trials.find(({ state }) => state === 'waiting');
    if (waiting !== undefined)
      return isWorseThanMedian(waiting, progress)
        ? { action: 'stop', trial: waiting.number }
        : {
            action: 'continue',
            trial: waiting.number,
            rounds: Math.min(waiting.target + interval, rounds),
          };
    return trials.length < maxTrials
      ? { action: 'start', rounds: Math.min(interval, rounds) }
      : { action: 'wait' };
  },
};

function isWorseThanMedian(trial: Trial, { trials, mode }: Progress): boolean {
  const averages = trials
    .filter(({ number, reports }) => number !== trial.number && (reports.at(-1)?.target ?? 0) >= trial.target)
    .flatMap((other) => averageUntil(other, trial.target) ?? [])
    .sort((a, b) => compareValues(mode, a, b));
  if (averages.length < FEWEST_OTHERS) return false;
  const middle = (averages.length - 1) / 2;
  const median = ((averages[Math.floor(middle)] ?? 0) + (averages[Math.ceil(middle)] ?? 0)) / 2;
  const [best = null] = valuesUntil(trial, Infinity).sort((a, b) => compareValues(mode, a, b));
  return compareValues(mode, best, median) > 0;
}

function averageUntil(trial: Trial, target: number): number | undefined {
  const values = valuesUntil(trial, target);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function valuesUntil({ reports }: Trial, target: number): number[] {
  return reports.flatMap((report) => (report.target <= target && report.value !== null ? report.value : []));
}
