import { idSchema as id } from '@synergos/contract';
import { z } from 'zod';

/** What a job of each kind needs to know. */
export const alignJobSchema = z.object({
  collab_id: id,
  project_id: id,
  /** Fit the experiments' first and last layers to the aligned sizes. */
  auto_fix: z.boolean().default(true),
});
export const trainJobSchema = z.object({
  collab_id: id,
  project_id: id,
  expt_id: id,
  run_id: id,
  /** Train to this round only, going on from where the last such job ended: a part of an optimization's trial. */
  until_round: z.number().int().positive().optional(),
  /** Job of the optimization that the run is a trial of. */
  optimization: id.optional(),
  /** false: refuse to train on data that changed since the alignment, instead of aligning again. */
  auto_align: z.boolean().optional(),
});
export const validateJobSchema = trainJobSchema.extend({
  /** Only this participant validates. */
  participant_id: id.optional(),
});
export const predictJobSchema = trainJobSchema.extend({
  participant_id: id,
  /** The participant's folders to predict on; default: its `predict` tags. */
  tags: z.array(z.array(z.string())).optional(),
});

export type AlignJob = z.infer<typeof alignJobSchema>;
export type TrainJob = z.infer<typeof trainJobSchema>;
export type ValidateJob = z.infer<typeof validateJobSchema>;
