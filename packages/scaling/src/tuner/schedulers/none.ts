import type { Scheduler } from '../scheduler.js';

/** Every trial gets all of its rounds. */
export const none: Scheduler = {
  name: 'none',
  cuts: false,
  next({ trials, maxTrials }) {
    const waiting = trials.find(({ state }) => state === 'waiting');
    if (waiting !== undefined) return { action: 'continue', trial: waiting.number, rounds: Infinity };
    return trials.length < maxTrials ? { action: 'start', rounds: Infinity } : { action: 'wait' };
  },
};
