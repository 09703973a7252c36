import { foreignCode } from '@synergos/contract';
import { jobIsOver, type Job, type JobIds, type JobQueue } from '@synergos/scaling';
import { OrchestrationError } from '../errors.js';

/** A job that an optimization waited for ended without a result. */
export class TrialJobEnded extends OrchestrationError {
  readonly isCancelled: boolean;

  constructor({ id, kind, state, error }: Job) {
    const known = error === null || error.code === 'internal' ? undefined : error.message;
    const code = state === 'cancelled' ? 'job_cancelled' : 'job_failed';
    super(error === null ? code : foreignCode(error.code), known ?? `its ${kind} job ${id} was ${state}`);
    this.isCancelled = state === 'cancelled';
  }
}

export interface TrialJobs {
  /** Submits a job, or finds the one submitted before a restart, and waits for its result. Throws `TrialJobEnded`. */
  run(kind: string, payload: TrialPayload, signal: AbortSignal): Promise<unknown>;
  /** Cancels all jobs that have not ended. */
  cancel(): Promise<void>;
}

/** Identifies a job of an optimization. */
type TrialPayload = Readonly<Record<string, unknown>> & {
  readonly run_id?: string;
  readonly until_round?: number;
};

/** The jobs of one optimization, each submitted once, also over restarts. */
export async function openTrialJobs(
  queue: Pick<JobQueue, 'submit' | 'wait' | 'get' | 'list' | 'cancel'>,
  { id: optimization, attempts, payload: plan }: Pick<Job, 'id' | 'attempts' | 'payload'>,
): Promise<TrialJobs> {
  const known = new Map<string, string>();
  const { collab_id, project_id } = plan;
  // The alignment has no experiment.
  const of = { collab_id, project_id } as JobIds;
  if (attempts > 1)
    for (const { id, kind, payload } of await queue.list({ of }))
      if (payload.optimization === optimization) known.set(keyOf(kind, payload), id);
  return {
    async run(kind, payload, signal) {
      const key = keyOf(kind, payload);
      const id = known.get(key) ?? (await queue.submit(kind, { ...payload, optimization })).id;
      known.set(key, id);
      const job = await queue.wait(id, { signal });
      if (job.state === 'completed') return job.result;
      throw new TrialJobEnded(job);
    },
    async cancel() {
      const jobs = await Promise.all([...known.values()].map((id) => queue.get(id)));
      const open = jobs.filter((job) => job !== undefined && !jobIsOver(job));
      // Waiting jobs first, or they would start.
      open.sort((a, b) => Number(a?.state === 'running') - Number(b?.state === 'running'));
      for (const job of open) if (job !== undefined) await queue.cancel(job.id);
    },
  };
}

function keyOf(kind: string, { run_id, until_round }: TrialPayload): string {
  return JSON.stringify([kind, run_id, until_round]);
}
