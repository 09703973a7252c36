import type { ArtifactStore, RecordStore } from '@synergos/artifacts';
import {
  optimizeJobSchema,
  schedulerNamed,
  searcherNamed,
  trialsOf,
  type JobContext,
  type JobEvent,
  type JobHandler,
  type JobQueue,
} from '@synergos/scaling';
import { OrchestrationError } from '../errors.js';
import { silentLogger, type Logger, type RunChecks } from '@synergos/contract';
import { Optimization } from './optimization.js';
import { openTrialJobs } from './trial-jobs.js';
import { trialRecords } from './trial-records.js';

export interface OptimizerOptions {
  readonly records: RecordStore;
  readonly artifacts: ArtifactStore;
  readonly checks: RunChecks;
  /** Queue of the jobs of trials; not the queue of the optimizations, if that runs one job at a time. */
  readonly jobs: JobQueue;
  /** Events of a job so far. */
  readonly history: (job: string) => Promise<readonly JobEvent[]>;
  readonly logger?: Logger;
}

/**
 * Searches for an experiment's best hyperparameters. Each trial is a run, trained and validated by jobs of its own. The
 * events of the optimization's job record the state of all trials; it resumes from them after a restart.
 */
export function createOptimizer(options: OptimizerOptions): JobHandler {
  return async (context) => {
    const optimization = await open(options, context);
    return optimization.run();
  };
}

async function open(options: OptimizerOptions, context: JobContext): Promise<Optimization> {
  const { job } = context;
  const plan = optimizeJobSchema.parse(job.payload);
  const searcher = searcherNamed(plan.searcher);
  const scheduler = schedulerNamed(plan.scheduler);
  if (searcher === undefined || scheduler === undefined)
    throw new OrchestrationError(
      'invalid_arguments',
      `there is no searcher '${plan.searcher}' or no scheduler '${plan.scheduler}'`,
    );
  const logger = options.logger ?? silentLogger;
  for (const [asked, { found, isNearest }] of [
    [plan.searcher, searcher],
    [plan.scheduler, scheduler],
  ] as const)
    if (isNearest)
      logger.info({ job: job.id, asked, taken: found.name }, 'taking the nearest to what was asked for');
  return new Optimization({
    ...options,
    logger,
    context,
    plan,
    searcher: searcher.found,
    scheduler: scheduler.found,
    trials: trialsOf(await options.history(job.id)),
    trialJobs: await openTrialJobs(options.jobs, job),
    trialRecords: trialRecords(options, plan, job.id),
  });
}
