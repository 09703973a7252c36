import type { Progress, Scheduler, Step } from '../scheduler.js';
import { bestAt, judgedAt, promotion, rungsOf } from './rungs.js';

/**
 * Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020,
 * algorithm 2): a trial continues to the next rung when it is among the best 1/η of those that reached its own rung. If
 * no trial qualifies, another trial starts. No trial waits for the rest of a rung.
 */
export const asha: Scheduler = {
  name: 'asha',
  cuts: true,
  next(progress) {
    const { trials, mode, maxTrials, reductionFactor } = progress;
    const rungs = rungsOf(progress);
    for (const [rung, next] of fromTheTop(rungs)) {
      const count = Math.floor(judgedAt(trials, rung).length / reductionFactor);
      const step = promotion(bestAt(trials, rung, mode, count), rung, next);
      if (step !== undefined) return step;
    }
    if (trials.length < maxTrials) return { action: 'start', rounds: rungs[0] ?? Infinity };
    return finishBest(progress, rungs) ?? { action: 'wait' };
  },
};

/** With too few trials, none is among the best 1/η: the best trial gets its rounds anyway. */
function finishBest({ trials, mode }: Progress, rungs: readonly number[]): Step | undefined {
  if (trials.some(({ state }) => state === 'training' || state === 'completed')) return undefined;
  for (const [rung, next] of fromTheTop(rungs)) {
    const step = promotion(bestAt(trials, rung, mode, Infinity), rung, next);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** Each rung but the last with the one after it, the highest first. */
function fromTheTop(rungs: readonly number[]): readonly (readonly [rung: number, next: number])[] {
  return rungs
    .slice(1)
    .map((next, at) => [rungs[at] ?? next, next] as const)
    .reverse();
}
