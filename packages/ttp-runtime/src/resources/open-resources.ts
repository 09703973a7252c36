import {
  createRecordStore,
  lockOutputs,
  openDatabase,
  openStorage,
  removeFilesOfRemovedRecords,
  warnOfOrphans,
  type AllowsServer,
  type Database,
  type DatabaseLocation,
  type RecordStore,
  type Storage,
  type Tracking,
} from '@synergos/artifacts';
import { concealingParticipants, makeFolder } from '@synergos/command-line';
import { createRegistry, loadPlugin, type Registry } from '@synergos/fed-algorithms';
import {
  componentLogger,
  startSystemMetrics,
  type Logger,
  type Logging,
  type SystemMetrics,
} from '@synergos/logging';
import { allowedServers, openTracking } from '../options/tracking-options.js';
import type { NodeOptions } from '../options/node-options.js';
import type { Closing } from './closing.js';

/** The resources that every node of a TTP opens before it serves. */
export interface Resources {
  readonly logger: Logger;
  readonly database: Database;
  readonly records: RecordStore;
  readonly storage: Storage;
  readonly registry: Registry;
  readonly tracking: Tracking;
  /** The MLflow servers that collaborations may name; undefined: all. */
  readonly allowsTracker: AllowsServer | undefined;
  readonly system: SystemMetrics;
}

export interface OpenResourcesOptions {
  readonly logs: Logging;
  readonly database: DatabaseLocation;
  /** Name of the program, as tracked runs show it. */
  readonly program: string;
  /** Owns records and outputs: a second owner is refused, and files of removed records are deleted. */
  readonly isOwner: boolean;
  readonly closing: Closing;
}

/** Opens folders, database, stores, plug-ins, tracking and system metrics. The error names the option at fault. */
export async function openResources(
  options: NodeOptions,
  { logs, database: location, program, isOwner, closing }: OpenResourcesOptions,
): Promise<Resources> {
  const { dataDir, outputsDir } = options;
  const { logger } = logs;
  closing.add(() => logs.close());
  await makeFolder(dataDir, '--data-dir');
  await makeFolder(outputsDir, '--outputs-dir');
  // Opened first: another owner of the same records or folders is not disturbed.
  const database = await openDatabase({ ...location, ...(isOwner && { exclusive: true }) });
  closing.add(() => database.close());
  const records = concealingParticipants(createRecordStore(database), logs.identities);
  const storage = openStorage(options);
  if (isOwner) {
    const lock = lockOutputs(outputsDir);
    closing.add(() => lock.close());
    const own = componentLogger(logger, 'app');
    await removeFilesOfRemovedRecords(records, storage, own);
    await warnOfOrphans(records, storage.artifacts, own);
  }
  const registry = createRegistry(await Promise.all(options.plugin.map((name) => loadPlugin(name))));
  const system = startSystemMetrics({
    resolutionSeconds: options.loggingResolution,
    directory: outputsDir,
    logger: componentLogger(logs.sysmetrics, 'system'),
  });
  closing.add(() => system.close());
  const tracking = await openTracking(options, program, database, logger);
  closing.add(() => tracking.close());
  const allowsTracker = await allowedServers(options);
  return { logger, database, records, storage, registry, tracking, allowsTracker, system };
}
