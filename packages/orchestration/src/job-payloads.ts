import { idSchema as id } from '@synergos/contract';
import { z } from 'zod';
import { modes, searchSpaceSchema } from '@synergos/scaling';

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

export const optimizeJobSchema = z.object({
  collab_id: id,
  project_id: id,
  expt_id: id,
  search_space: searchSpaceSchema,
  /** Names that `searcherNamed` and `schedulerNamed` know. */
  searcher: z.string(),
  scheduler: z.string(),
  metric: z.string(),
  mode: z.enum(modes),
  seed: z.number().int().nonnegative(),
  max_trials: z.number().int().positive(),
  concurrency: z.number().int().positive(),
  /** From the job's start, restarts included. */
  max_duration_ms: z.number().positive(),
  /** Rounds of a trial, unless they are searched. */
  rounds: z.number().int().positive(),
  grace_period: z.number().int().positive(),
  reduction_factor: z.number().min(2),
  /** Align first. */
  align: z.boolean(),
  /** Of each trial's training. */
  auto_align: z.boolean().optional(),
});

export type AlignJob = z.infer<typeof alignJobSchema>;
export type TrainJob = z.infer<typeof trainJobSchema>;
export type ValidateJob = z.infer<typeof validateJobSchema>;
export type OptimizeJob = z.infer<typeof optimizeJobSchema>;
