import { join } from 'node:path';
import type { Database, Tracking } from '@synergos/artifacts';
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

/** Opens the tracking of runs, and ends in it what was ended while no process was there to tell. */
export async function openTracking(
  { dataDir, mlflowDir = join(dataDir, 'mlflow') }: TrackingChoices & { readonly dataDir: string },
  program: string,
  database: Database,
  logger: Logger,
): Promise<Tracking> {
  // Not with the module: a worker, which shares this package, keeps no records.
  const artifacts = await import('@synergos/artifacts');
  const tracking = await artifacts.Tracking.open({
    directory: join(dataDir, 'tracking'),
    destinationOf: artifacts.createDestinations({
      records: artifacts.createRecordStore(database),
      directory: mlflowDir,
      authorization: mlflowAuthorization(process.env),
    }),
    tags: await softwareTags(program),
    logger: componentLogger(logger, 'tracking'),
  });
  const jobs = artifacts.createJobStore(database);
  await tracking.settle(async (id) => {
    const state = (await jobs.get(id))?.state ?? 'cancelled';
    switch (state) {
      case 'queued':
      case 'running':
        return undefined;
      case 'completed':
        return 'FINISHED';
      case 'failed':
        return 'FAILED';
      case 'cancelled':
        return 'KILLED';
    }
  });
  return tracking;
}
