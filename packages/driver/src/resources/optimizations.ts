import type { Connection } from '../connection.js';
import { fill } from '../paths.js';
import type { ExperimentIds, RecordOf, SearchSpace, TrialFields } from '../types.js';
import type { FollowOptions, JobsResource } from './jobs.js';
import { workResource } from './work.js';

/** A search for an experiment's best hyperparameters; what is left out takes the TTP's default. */
export interface OptimizationRequest extends ExperimentIds {
  readonly search_space: SearchSpace;
  readonly backend?: 'tune' | 'nni';
  /** random, grid, halton, tpe (default), or a name of Ray Tune's or NNI's for the like. */
  readonly searcher?: string;
  readonly tuner?: string;
  /** none (default), asha, hyperband, median-stopping, or likewise. */
  readonly scheduler?: string;
  /** Of the validations; default R2 or accuracy. */
  readonly metric?: string;
  readonly optimize_mode?: 'max' | 'maximize' | 'min' | 'minimize';
  readonly trial_concurrency?: number;
  readonly max_concurrent?: number;
  /** Default 10. */
  readonly max_trial_num?: number;
  /** Such as `1h 30m`, or seconds as a number; default 1h. */
  readonly max_exec_duration?: number | string;
  readonly seed?: number;
  /** Fewest rounds before a scheduler cuts a trial. */
  readonly grace_period?: number;
  /** Of so many trials a scheduler lets one go on. */
  readonly reduction_factor?: number;
  /** Align first where that has not been done; default true. */
  readonly auto_align?: boolean;
}
export interface OptimizationIds extends ExperimentIds {
  readonly optimization_id: string;
}

export function optimizationsResource(connection: Connection, jobs: JobsResource, models: string) {
  const optimizations = `${models}/{expt_id}/optimizations`;
  const artifacts = `${optimizations}/{optimization_id}/artifacts`;
  const { start, readAll } = workResource<OptimizationRequest, ExperimentIds, ExperimentIds, TrialFields>(
    connection,
    jobs,
    optimizations,
  );
  return {
    /** Searches, follows the job's events, and resolves with the trials, which are runs: the best first. */
    async create(
      target: OptimizationRequest,
      options: FollowOptions = {},
    ): Promise<readonly RecordOf<TrialFields>[]> {
      const [job_id = ''] = await start(target);
      await jobs.wait({ job_id }, options);
      return (await readAll(target)).filter(({ trial }) => trial.optimization === job_id);
    },
    /** Starts the search and resolves at once with the id of its job. */
    start,
    /** The trials of all optimizations of an experiment: of the newest first, the best of each first. */
    readAll,
    /** Names of an optimization's files. */
    async artifacts(ids: OptimizationIds): Promise<readonly string[]> {
      return (await connection.call(fill(artifacts, { ...ids }).path)).data as readonly string[];
    },
    /** The bytes of one of its files. */
    download({
      signal,
      ...ids
    }: OptimizationIds & { readonly name: string; readonly signal?: AbortSignal }): Promise<Uint8Array> {
      return connection.download(fill(`${artifacts}/{name}`, ids).path, signal);
    },
  };
}
