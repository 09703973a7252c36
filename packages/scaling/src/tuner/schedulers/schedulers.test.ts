import { describe, expect, it } from 'vitest';
import { schedulerBehaviours, simulate } from '../../conformance/index.js';
import { schedulers } from '../names.js';
import { asha } from './asha.js';
import { hyperband } from './hyperband.js';
import { medianStopping } from './median-stopping.js';

describe.each(schedulers)('scheduler $name', (scheduler) => {
  for (const { behaviour, check } of schedulerBehaviours) it(behaviour, () => check(scheduler));
});

/** How many trials ended at each number of rounds. */
function ends(trials: ReturnType<typeof simulate>['trials']): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { target } of trials) counts[target] = (counts[target] ?? 0) + 1;
  return counts;
}

it('ASHA promotes a third from rung to rung, as soon as a trial is in it', () => {
  const { trials, steps } = simulate(asha, { maxTrials: 9, rounds: 9, value: (trial) => -trial });
  expect(ends(trials)).toEqual({ 1: 6, 3: 2, 9: 1 });
  // The first is promoted after the third has reported, and not after the ninth.
  expect(steps.filter(({ action }) => action !== 'wait').slice(0, 4)).toEqual([
    { action: 'start', rounds: 1 },
    { action: 'start', rounds: 1 },
    { action: 'start', rounds: 1 },
    { action: 'continue', trial: 1, rounds: 3 },
  ]);
});

it("Hyperband's brackets have the sizes of the paper's table", () => {
  // Li et al., JMLR 2018, table 1: R = 81, η = 3, five brackets.
  const { trials } = simulate(hyperband, { maxTrials: 81 + 34 + 15 + 8 + 5, rounds: 81 });
  expect(ends(trials.slice(0, 81))).toEqual({ 1: 54, 3: 18, 9: 6, 27: 2, 81: 1 });
  expect(ends(trials.slice(81, 115))).toEqual({ 3: 23, 9: 8, 27: 2, 81: 1 });
  expect(ends(trials.slice(115, 130))).toEqual({ 9: 10, 27: 4, 81: 1 });
  expect(ends(trials.slice(130, 138))).toEqual({ 27: 6, 81: 2 });
  expect(ends(trials.slice(138))).toEqual({ 81: 5 });
});

it('Hyperband keeps the best of a bracket, in whatever order they report', () => {
  const { trials } = simulate(hyperband, { maxTrials: 9, rounds: 9, concurrency: 4, seed: 3 });
  expect(trials.filter(({ state }) => state === 'completed').map(({ number }) => number)).toEqual([9]);
});

it('median stopping cuts what is below the median of the others, and not before there are three', () => {
  const value = (trial: number, rounds: number) => trial * rounds;
  const { trials } = simulate(medianStopping, { maxTrials: 6, rounds: 10, value: (t, r) => value(7 - t, r) });
  expect(trials.map(({ state }) => state)).toEqual([
    ...['completed', 'completed', 'completed'],
    ...['stopped', 'stopped', 'stopped'],
  ]);
  expect(trials[3]?.target).toBeLessThan(10);
});
