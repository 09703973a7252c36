import { join } from 'node:path';
import type { AllowsServer, Database, JobEnding, RunStatus, Tracking } from '@synergos/artifacts';
import { componentLogger, type Logger } from '@synergos/logging';
import { makeFolder } from '@synergos/command-line';
import { mlflowAuthorization } from './mlflow-credentials.js';
import { appOption } from '@synergos/command-line';
import { softwareTags } from '@synergos/command-line';

export interface TrackingChoices {
  readonly mlflowDir: string | undefined;
  /** Servers that collaborations may name; empty: all. */
  readonly mlflowHost: readonly string[];
}

/** Where runs are shown whose collaboration names no server. */
export function mlflowDirOption() {
  return appOption(
    '--mlflow-dir <path>',
    'runs as MLflow files, of collaborations without mlops (default: mlflow in --data-dir)',
  );
}

/** Which servers a collaboration may name, and the only ones that receive the credentials of the environment. */
export function mlflowHostOption() {
  return appOption(
    '--mlflow-host <host[:port]>',
    'MLflow server that collaborations may name, and that receives MLFLOW_TRACKING_… credentials; repeatable',
  )
    .argParser(separated)
    .default([], 'all, without credentials');
}

/** Several in one value as well, for the environment variable has but one. */
function separated(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, ...value.split(/[\s,]+/).filter((entry) => entry !== '')];
}

/** The allowed servers; undefined: all. Throws where credentials are given for all of them. */
export async function allowedServers({
  mlflowHost,
}: Pick<TrackingChoices, 'mlflowHost'>): Promise<AllowsServer | undefined> {
  if (mlflowHost.length === 0) {
    if (mlflowAuthorization(process.env) !== undefined)
      throw new Error(
        'MLFLOW_TRACKING_… credentials are given: name the servers that may receive them with --mlflow-host',
      );
    return undefined;
  }
  const { serversNamed } = await import('@synergos/artifacts');
  try {
    return serversNamed(mlflowHost);
  } catch (cause) {
    throw new Error(`--mlflow-host: ${(cause as Error).message}`, { cause });
  }
}

const STATUSES: Readonly<Record<string, RunStatus>> = {
  completed: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
};

/** Opens the tracking of runs, in which what ends where nobody is at it, is ended as well. */
export async function openTracking(
  {
    dataDir,
    mlflowDir = join(dataDir, 'mlflow'),
    mlflowHost,
  }: TrackingChoices & { readonly dataDir: string },
  program: string,
  database: Database,
  logger: Logger,
): Promise<Tracking> {
  // Not with the module: a worker, which shares this package, keeps no records.
  const artifacts = await import('@synergos/artifacts');
  await makeFolder(mlflowDir, '--mlflow-dir');
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
      allows: await allowedServers({ mlflowHost }),
      authorization: mlflowAuthorization(process.env),
    }),
    endingOf,
    tags: await softwareTags(program),
    logger: componentLogger(logger, 'tracking'),
  });
}
