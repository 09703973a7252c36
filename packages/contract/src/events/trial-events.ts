import { z } from 'zod';
import { eventKind } from './event-kind.js';

const trial = z.number().int().positive().describe('Number of the trial.');

/** Events of the trials of an optimization. Their order is its whole state. */
export const trialEvents = {
  trial_started: eventKind('A trial is trained.', {
    trial,
    run_id: z.string(),
    point: z.record(z.string(), z.unknown()).describe('Its hyperparameters.'),
    rounds: z.number().int().positive().describe('Rounds of this part.'),
  }),
  trial_continued: eventKind('A trial is trained further.', {
    trial,
    rounds: z.number().int().positive().describe('Rounds with this part.'),
  }),
  trial_reported: eventKind('A part of a trial is trained and evaluated.', {
    trial,
    rounds: z.number().int().nonnegative(),
    value: z.number().nullable().describe('Of the metric.'),
    completed: z.boolean().describe('All rounds are done, or the training stopped early.'),
  }),
  trial_stopped: eventKind('The scheduler stopped a trial.', { trial }),
  trial_failed: eventKind('A trial failed.', { trial, code: z.string(), reason: z.string() }),
  trial_cancelled: eventKind('A trial was cancelled.', { trial }),
} as const;

/** Events of an optimization alongside those of its trials. */
export const optimizationEvents = {
  searching: eventKind('The search started.', {
    searcher: z.string(),
    scheduler: z.string(),
    trials: z.number().int().describe('Trials at most.'),
  }),
  best_trial: eventKind('The search ended with a best trial.', {
    trial,
    run_id: z.string(),
    value: z.number().nullable(),
    hyperparameters: z.record(z.string(), z.unknown()),
  }),
} as const;
