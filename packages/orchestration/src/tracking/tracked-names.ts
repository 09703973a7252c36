import { shortened, type ParentRun, type RunStatus } from '@synergos/artifacts';
import { failureOf } from '@synergos/contract';

/** Maximum length of an experiment's name; MLflow's limit is 500. */
const LONGEST_EXPERIMENT = 450;

/** Name of a Synergos experiment in a tracker. */
export function experimentName({
  collab,
  project,
  expt,
}: {
  readonly collab: string;
  readonly project: string;
  readonly expt: string;
}): string {
  return shortened(`${collab}/${project}/${expt}`, LONGEST_EXPERIMENT);
}

/** The parent run of an optimization's trials. */
export function optimizationRun(job: string): ParentRun {
  return { id: job, name: `optimization_${job.slice(0, 8)}` };
}

/** Converts the given values to text. */
export function paramsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const given = Object.entries(values).filter(([, value]) => value != null);
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** The end status of a job that threw; undefined if the job resumes when the process restarts. */
export function statusOf(signal: AbortSignal): RunStatus | undefined {
  if (!signal.aborted) return 'FAILED';
  return failureOf(signal.reason).code === 'job_cancelled' ? 'KILLED' : undefined;
}
