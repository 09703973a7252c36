import { idSchema as id } from '@synergos/contract';
import { z } from 'zod';
import { searchSpaceSchema } from './space/parameters.js';
import { modes, type Trial } from './trial.js';

/** Kind of the job that tunes the hyperparameters of an experiment. */
export const OPTIMIZE = 'optimize';

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

export type OptimizeJob = z.infer<typeof optimizeJobSchema>;

/** Field `trial` of a trial's Run record. */
export interface TrialFields {
  /** Id of the optimization: the id of its job. */
  readonly optimization: string;
  readonly number: number;
  readonly state: Trial['state'];
  /** Rounds of the stored model. */
  readonly rounds: number;
  readonly metric: string;
  readonly optimize_mode: OptimizeJob['mode'];
  readonly value: number | null;
  /** Rank among the trials, 1 is the best; null without a value. */
  readonly rank: number | null;
  readonly best: boolean;
  readonly hyperparameters: Trial['point'];
  readonly reason?: string;
}
