import { shortened, type ParentRun, type RunStatus } from '@synergos/artifacts';
import { failureOf } from '@synergos/contract';

/** MLflow's longest name of an experiment is 500. */
const LONGEST_EXPERIMENT = 450;

/** The name of a Synergos experiment among those of a tracker. */
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

/** The run that an optimization's trials lie below. */
export function optimizationRun(job: string): ParentRun {
  return { id: job, name: `optimization_${job.slice(0, 8)}` };
}

/** Values that are given, as text. */
export function paramsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const given = Object.entries(values).filter(([, value]) => value != null);
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** How a job that threw has ended; undefined: it goes on when the process is up again. */
export function statusOf(signal: AbortSignal): RunStatus | undefined {
  if (!signal.aborted) return 'FAILED';
  return failureOf(signal.reason).code === 'job_cancelled' ? 'KILLED' : undefined;
}
