import type { Progress, Step } from '../scheduler.js';
import { compareValues, reportAt, type Mode, type Trial } from '../trial.js';

/** Rounds at which trials are compared: `gracePeriod`, that times η, times η² … and last of all `rounds`. */
export function rungsOf({ rounds, gracePeriod, reductionFactor }: Progress): readonly number[] {
  const rungs: number[] = [];
  for (let rung = gracePeriod; rung < rounds; rung = Math.ceil(rung * reductionFactor)) rungs.push(rung);
  return [...rungs, rounds];
}

/** The trials that have a result at a rung, or failed on the way to it. */
export function judgedAt(trials: readonly Trial[], rung: number): readonly Trial[] {
  return trials.filter(
    (trial) => reportAt(trial, rung) !== undefined || (isOver(trial) && trial.target === rung),
  );
}

/** The best trials of a rung. */
export function bestAt(trials: readonly Trial[], rung: number, mode: Mode, count: number): readonly Trial[] {
  const value = (trial: Trial) => reportAt(trial, rung)?.value ?? null;
  return trials
    .filter((trial) => value(trial) !== null)
    .sort((a, b) => compareValues(mode, value(a), value(b)) || a.number - b.number)
    .slice(0, count);
}

/** Trains the best of these trials on that waits at a rung; undefined if none does. */
export function promotion(trials: readonly Trial[], rung: number, next: number): Step | undefined {
  const trial = trials.find((one) => isWaitingAt(one, rung));
  return trial && { action: 'continue', trial: trial.number, rounds: next };
}

export function isWaitingAt({ state, target }: Trial, rung: number): boolean {
  return state === 'waiting' && target === rung;
}

function isOver({ state }: Trial): boolean {
  return state !== 'training' && state !== 'waiting';
}
