import { z } from 'zod';
import { eventKind } from './event-kind.js';

const count = z.number().int().nonnegative();
const round = count.describe('Counts from 1; round 0 is the model that the training starts from.');
const participant = z.string();
const tolerance = {
  aggregator: z.string().optional().describe("The rule; absent for a plug-in's own rule."),
  tolerates: count.optional().describe('Malicious updates that the rule tolerates.'),
};
const evaluation = z.object({
  samples: count,
  loss: z.number().nullable(),
  score: z.number().nullable(),
  issue: z.string().optional(),
});

/** Events of a training. */
export const trainingEvents = {
  checkpoints_set_aside: eventKind('Checkpoints of another version or definition were moved away.', {
    round: round.describe('Of the newest one.'),
    reason: z.string(),
    folder: z.string(),
  }),
  resumed: eventKind('The training resumes from a checkpoint.', { round }),
  round_started: eventKind('A round, or another attempt at it, asks its cohort.', {
    round,
    cohort: z.array(participant).readonly(),
    attempt: count,
    ...tolerance,
  }),
  aggregation: eventKind('An asynchronous training starts to aggregate.', {
    updates: count.describe('Updates of one step.'),
    ...tolerance,
  }),
  update_received: eventKind('An update was received and checked.', {
    round,
    participant,
    samples: count,
    loss: z.number(),
    steps: count.optional(),
    seconds: z.number().optional().describe('Training time at the participant.'),
    bytes: count.optional().describe('Size of the upload.'),
    staleness: count.optional().describe('Rounds since the model that an asynchronous update is based on.'),
  }),
  participant_dropped: eventKind(
    'A round continues without a participant.',
    { round, participant, code: z.string().describe('A failure code.'), reason: z.string() },
    'warn',
  ),
  outlying_norm: eventKind('The size of an update is far above the median of its round.', {
    round,
    participant,
    of: z.string().describe('What the size is of.'),
    size: z.number(),
    median: z.number(),
  }),
  round_retried: eventKind(
    'A round received too few updates and starts again.',
    { round, attempt: count, reason: z.string() },
    'warn',
  ),
  round_completed: eventKind('The model of a round is saved.', {
    round,
    rounds: count.describe('Rounds of the run.'),
    updates: count.describe('Updates in the model.'),
    seconds: z.number(),
    completed_at: z.iso.datetime().optional().describe('When the checkpoint was saved.'),
  }),
  metric: eventKind('The participants evaluated the model of a round.', {
    round,
    samples: count,
    loss: z.number().nullable(),
    score: z.number().nullable(),
    participants: z.record(participant, evaluation),
  }),
  evaluation_undefined: eventKind(
    'A participant has no evaluation loss. Reported once.',
    { round, participant, reason: z.string() },
    'warn',
  ),
  stopped_early: eventKind('The model did not improve for `patience` rounds.', { round }),
  model_returned: eventKind('The stored model is not the one of the last round.', {
    round: round.describe('The round whose model is stored.'),
    rounds: count.describe('Rounds trained.'),
  }),
} as const;
