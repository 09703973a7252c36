import { z } from 'zod';
import { eventKind } from './event-kind.js';

const count = z.number().int().nonnegative();
const names = z.array(z.string()).readonly();

/** Data of a participant that does not fit the space of the model. */
export const misfitCountsSchema = z.object({
  missing_columns: names.describe('Columns of the space that the data lacks; they are zeros.'),
  unknown_columns: names.describe('Columns of the data that the space lacks; they are ignored.'),
  new_levels: z.record(z.string(), count).describe('Cells with an unknown level, by column; they are zeros.'),
  unknown_labels: count.describe('Rows whose label is not among the classes.'),
});
export type MisfitCounts = z.output<typeof misfitCountsSchema>;

/** Events of aligning, validating and predicting. */
export const projectEvents = {
  phase: eventKind('A phase began.', { phase: z.string(), participants: names }),
  aligned: eventKind('The project has a feature space.', {
    features: count.describe('Features of the space.'),
    classes: names,
  }),
  data_changed: eventKind('Training data differs from the aligned data.', {
    participants: names,
    aligned_again: z.boolean().describe('false: the training is refused.'),
  }),
  misfits: eventKind("A participant's data does not fit the space of the model.", {
    participant: z.string(),
    kind: z.enum(['evaluate', 'predict']),
    ...misfitCountsSchema.shape,
  }),
  validated: eventKind('A participant evaluated the model of a run.', {
    participant: z.string(),
    samples: count,
    loss: z.number().nullable(),
    score: z.number().nullable(),
    issue: z.string().optional().describe('Why loss or score is null.'),
  }),
  predicted: eventKind('A participant predicted with the model of a run.', {
    participant: z.string(),
    samples: count,
    labelled: count.describe('Rows whose label is known.'),
  }),
} as const;
