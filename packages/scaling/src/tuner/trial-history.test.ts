import { expect, it } from 'vitest';
import { trialsOf } from './trial-history.js';

const started = (trial: number) => ({
  type: 'trial_started',
  data: { trial, run_id: `optim_run_${trial}`, point: { lr: trial / 10 }, rounds: 1 },
});

it('trials come from the events of their job, whatever else is among them', () => {
  const trials = trialsOf([
    { type: 'queued', data: { kind: 'optimize' } },
    started(1),
    { type: 'trial_reported', data: { trial: 1, rounds: 1, value: 0.5, completed: false } },
    started(2),
    { type: 'trial_failed', data: { trial: 2, code: 'diverged', reason: 'the loss is no number' } },
    { type: 'trial_continued', data: { trial: 1, rounds: 3 } },
    started(3),
    { type: 'trial_reported', data: { trial: 1, rounds: 3, value: null, completed: true } },
    started(4),
    { type: 'trial_reported', data: { trial: 4, rounds: 1, value: 0.1, completed: false } },
    { type: 'trial_stopped', data: { trial: 4 } },
    started(5),
    { type: 'trial_cancelled', data: { trial: 5 } },
  ]);
  expect(trials.map(({ number, state, target }) => ({ number, state, target }))).toEqual([
    { number: 1, state: 'completed', target: 3 },
    { number: 2, state: 'failed', target: 1 },
    { number: 3, state: 'training', target: 1 },
    { number: 4, state: 'stopped', target: 1 },
    { number: 5, state: 'cancelled', target: 1 },
  ]);
  expect(trials[0]).toMatchObject({
    run_id: 'optim_run_1',
    point: { lr: 0.1 },
    reports: [
      { target: 1, rounds: 1, value: 0.5 },
      { target: 3, rounds: 3, value: null },
    ],
  });
  expect(trials[1]?.failure).toEqual({ code: 'diverged', message: 'the loss is no number' });
});
