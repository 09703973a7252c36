import { join } from 'node:path';
import type { Database, JobEnding, RunStatus, Tracking } from '@synergos/artifacts';
import { componentLogger, type Logger } from '@synergos/logging';
import { mlflowAuthorization } from './mlflow-credentials.js';
import { appOption } from './options.js';
import { softwareTags } from './software.js';

export interface TrackingChoices {
  readonly mlflowDir: string | undefined;
}

/** Where runs are shown whose collaboration names no server. */
export function mlflowDirOption() {
  return appOption(
    '--mlflow-dir <path>',
    'runs as MLflow files, of collaborations without mlops (default: mlflow in --data-dir)',
  );
}

const STATUSES: Readonly<Record<string, RunStatus>> = {
  completed: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
};

/** Opens the tracking of runs, in which what ends where nobody is at it, is ended as well. */
export async function openTracking(
  { dataDir, mlflowDir = join(dataDir, 'mlflow') }: TrackingChoices & { readonly dataDir: string },
  program: string,
  database: Database,
  logger: Logger,
): Promise<Tracking> {
  // Not with the module: a worker, which shares this package, keeps no records.
  const artifacts = await import('@synergos/artifacts');
  const jobs = artifacts.createJobStore(database);
  const endingOf = async (id: string): Promise<JobEnding | undefined> => {
    const job = await jobs.get(id);
    const status = STATUSES[job?.state ?? 'cancelled'];
    if (status === undefined) return undefined;
    return {
      status,
      endedMs: Date.parse(job?.finishedAt ?? new Date().toISOString()),
      ...(job?.error && { tags: { 'synergos.error': job.error.message } }),
    };
  };
  return artifacts.Tracking.open({
    directory: join(dataDir, 'tracking'),
    destinationOf: artifacts.createDestinations({
      records: artifacts.createRecordStore(database),
      directory: mlflowDir,
      authorization: mlflowAuthorization(process.env),
    }),
    endingOf,
    tags: await softwareTags(program),
    logger: componentLogger(logger, 'tracking'),
  });
}
