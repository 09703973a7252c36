import type { Progress, Scheduler, Step } from '../scheduler.js';
import type { Trial } from '../trial.js';
import { bestAt, isWaitingAt, judgedAt, promotion, rungsOf } from './rungs.js';

interface Bracket {
  readonly members: readonly Trial[];
  /** Whether all of its trials are started. */
  readonly isFull: boolean;
  /** Target rounds of its trials, ascending: they start with the first. */
  readonly rungs: readonly number[];
}

/**
 * Hyperband (Li et al., JMLR 2018): brackets of successive halving, from many trials with few rounds to few trials with
 * all rounds. In a bracket, the best 1/η of a rung continue when the whole rung is done; the others are cut.
 */
export const hyperband: Scheduler = {
  name: 'hyperband',
  cuts: true,
  next(progress) {
    const brackets = bracketsOf(progress);
    for (const bracket of brackets) {
      const step = halve(bracket, progress);
      if (step !== undefined) return step;
    }
    const open = brackets.at(-1);
    return open === undefined || open.isFull
      ? { action: 'wait' }
      : { action: 'start', rounds: open.rungs[0] ?? Infinity };
  },
};

function halve({ members, isFull, rungs }: Bracket, { mode, reductionFactor }: Progress): Step | undefined {
  if (!isFull) return undefined;
  for (const [at, rung] of rungs.slice(0, -1).entries()) {
    if (members.some(({ state, target }) => state === 'training' && target === rung)) return undefined;
    const count = Math.max(1, Math.floor(judgedAt(members, rung).length / reductionFactor));
    const step = promotion(bestAt(members, rung, mode, count), rung, rungs[at + 1] ?? rung);
    if (step !== undefined) return step;
    const cut = members.find((trial) => isWaitingAt(trial, rung));
    if (cut !== undefined) return { action: 'stop', trial: cut.number };
  }
  return undefined;
}

/** Brackets with trials, and the one that the next trial belongs to: s_max … 0, and again from the first. */
function bracketsOf(progress: Progress): readonly Bracket[] {
  const { trials, maxTrials, reductionFactor } = progress;
  const rungs = rungsOf(progress);
  const brackets: Bracket[] = [];
  for (let first = 0, s = rungs.length - 1; ; s = s === 0 ? rungs.length - 1 : s - 1) {
    const size = Math.ceil((rungs.length / (s + 1)) * reductionFactor ** s);
    const last = Math.min(first + size, maxTrials);
    const members = trials.slice(first, last);
    const isFull = members.length === last - first;
    brackets.push({ members, isFull, rungs: rungs.slice(rungs.length - 1 - s) });
    if (!isFull || last === maxTrials) return brackets;
    first = last;
  }
}
