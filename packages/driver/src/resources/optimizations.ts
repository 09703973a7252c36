import type { Connection } from '../connection.js';
import type { ExperimentIds, RecordOf, SearchSpace, TrialFields } from '../types.js';
import { artifactsResource } from './artifacts.js';
import type { FollowOptions, JobsResource } from './jobs.js';
import { workResource } from './work.js';

/** A search for an experiment's best hyperparameters. The TTP fills in defaults. */
export interface OptimizationRequest extends ExperimentIds {
  readonly search_space: SearchSpace;
  readonly backend?: 'tune' | 'nni';
  /** random, grid, halton or tpe, or the name in Ray Tune or NNI. @defaultValue tpe */
  readonly searcher?: string;
  readonly tuner?: string;
  /** none, asha, hyperband or median-stopping, or the name in Ray Tune or NNI. @defaultValue none */
  readonly scheduler?: string;
  /** Metric of the validations. @defaultValue R2 or accuracy */
  readonly metric?: string;
  readonly optimize_mode?: 'max' | 'maximize' | 'min' | 'minimize';
  readonly trial_concurrency?: number;
  readonly max_concurrent?: number;
  /** @defaultValue 10 */
  readonly max_trial_num?: number;
  /** A duration such as `1h 30m`, or seconds. @defaultValue 1h */
  readonly max_exec_duration?: number | string;
  readonly seed?: number;
  /** Smallest number of rounds before a scheduler stops a trial. */
  readonly grace_period?: number;
  /** A scheduler continues one of this number of trials. */
  readonly reduction_factor?: number;
  /** Aligns the project first if it is not aligned. @defaultValue true */
  readonly auto_align?: boolean;
}
export interface OptimizationIds extends ExperimentIds {
  readonly optimization_id: string;
}

export function optimizationsResource(connection: Connection, jobs: JobsResource, models: string) {
  const optimizations = `${models}/{expt_id}/optimizations`;
  const { start, readAll } = workResource<OptimizationRequest, ExperimentIds, ExperimentIds, TrialFields>(
    connection,
    jobs,
    optimizations,
  );
  return {
    /** Starts a search, follows its job and resolves with the trials, which are runs, the best first. */
    async create(
      target: OptimizationRequest,
      options: FollowOptions = {},
    ): Promise<readonly RecordOf<TrialFields>[]> {
      const [job_id = ''] = await start(target);
      await jobs.wait({ job_id }, options);
      return (await readAll(target)).filter(({ trial }) => trial.optimization === job_id);
    },
    /** Starts a search and resolves with the id of its job. */
    start,
    /** Lists the trials of an experiment's optimizations: the newest optimization first, its best trial first. */
    readAll,
    ...artifactsResource<OptimizationIds>(connection, `${optimizations}/{optimization_id}/artifacts`),
  };
}
