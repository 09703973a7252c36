import {
  optimizationFile,
  optimizationFiles,
  contentOf,
  type ArtifactStore,
  type Journal,
  type Tracking,
} from '@synergos/artifacts';
import { failureOf } from '@synergos/contract';
import { OPTIMIZE, optimizeJobSchema, type Job, type JobObserver, type OptimizeJob } from '@synergos/scaling';
import { z } from 'zod';
import { experimentName, optimizationRun, paramsOf, statusOf } from './tracked-names.js';

export interface TrackOptimizationsOptions {
  readonly tracking: Tracking;
  readonly artifacts: ArtifactStore;
}

const bestSchema = z.object({
  best: z.object({
    run_id: z.string(),
    value: z.number().nullable(),
    hyperparameters: z.record(z.string(), z.unknown()),
  }),
});

/** Tracks optimizations: the plan, the best trial and the plot. Their trials are nested below them. */
export function trackOptimizations({ tracking, artifacts }: TrackOptimizationsOptions): JobObserver {
  return {
    async begin({ job, signal }) {
      const plan = job.kind === OPTIMIZE ? optimizeJobSchema.safeParse(job.payload) : undefined;
      if (plan?.success !== true) return undefined;
      const journal = await begin(tracking, job, plan.data);
      return {
        async completed(result) {
          await trackBest(journal, plan.data, result);
          await logFiles(artifacts, journal, plan.data, job.id);
          await journal.end('FINISHED');
        },
        async failed(reason) {
          const status = statusOf(signal);
          if (status === 'FAILED')
            await journal.log('error', { tags: { 'synergos.error': failureOf(reason).message } });
          if (status === undefined) return;
          await logFiles(artifacts, journal, plan.data, job.id).catch(() => undefined);
          await journal.end(status);
        },
      };
    },
  };
}

async function begin(tracking: Tracking, job: Job, plan: OptimizeJob): Promise<Journal> {
  const { collab_id, project_id, expt_id, ...searched } = plan;
  const journal = await tracking.begin(collab_id, {
    ...optimizationRun(job.id),
    experiment: experimentName({ collab: collab_id, project: project_id, expt: expt_id }),
    startedMs: Date.parse(job.startedAt ?? job.createdAt),
  });
  await journal.log('plan', {
    params: paramsOf(searched),
    tags: {
      'synergos.collab_id': collab_id,
      'synergos.project_id': project_id,
      'synergos.expt_id': expt_id,
      'synergos.job': job.id,
    },
  });
  return journal;
}

async function trackBest(journal: Journal, { metric }: OptimizeJob, result: unknown): Promise<void> {
  const found = bestSchema.safeParse(result);
  if (!found.success) return;
  const { run_id, value, hyperparameters } = found.data.best;
  await journal.log('best', {
    tags: { 'synergos.best_run': run_id, 'synergos.best_hyperparameters': JSON.stringify(hyperparameters) },
    metrics: value === null ? [] : [{ key: `best/${metric}`, value, step: 0, timestampMs: Date.now() }],
  });
}

async function logFiles(
  store: ArtifactStore,
  journal: Journal,
  plan: OptimizeJob,
  job: string,
): Promise<void> {
  const { collab_id: collab, project_id: project, expt_id: expt } = plan;
  const ids = { collab, project, expt, optimization: job };
  for (const name of await optimizationFiles(store, ids))
    await journal.artifact(name, () => contentOf(store, optimizationFile(ids, name)));
}
