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

/** `--mlflow-dir`: for runs whose collaboration names no MLflow server. */
export function mlflowDirOption() {
  return appOption(
    '--mlflow-dir <path>',
    'folder of MLflow files, for collaborations without mlops (default: mlflow in --data-dir)',
  );
}

/** `--mlflow-host`: the servers that collaborations may name, and the only ones that receive credentials. */
export function mlflowHostOption() {
  return appOption(
    '--mlflow-host <host[:port]>',
    'MLflow server that collaborations may name and that receives MLFLOW_TRACKING_… credentials; repeatable',
  )
    .argParser(separated)
    .default([], 'all, without credentials');
}

/** Splits a value: an environment variable holds several hosts in one. */
function separated(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, ...value.split(/[\s,]+/).filter((entry) => entry !== '')];
}

/** The allowed servers; undefined: all. Throws if credentials are set without a list of servers. */
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

/** Opens the tracking of runs. Runs whose job ended while no process tracked them are ended as well. */
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
  // Loaded here, for a command line is parsed before large modules are loaded.
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
