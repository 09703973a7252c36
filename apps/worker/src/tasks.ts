import { parentPort, workerData } from 'node:worker_threads';
import { inTaskContext } from '@synergos/command-line';
import { capabilitiesOf, createRegistry, loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, threadLogger, type ThreadLogging } from '@synergos/logging';
import { startBackend } from '@synergos/networks';
import { chooseBackend, createTaskHandlers, hostTasks, type TaskHost } from '@synergos/participant';
import { SPACE_BY_DIGEST } from '@synergos/rpc-core';
import type { WorkerOptions } from './options.js';

/** What the main thread passes to the thread of the tasks. */
export interface TaskSettings {
  readonly options: Omit<WorkerOptions, 'token'>;
  readonly logging: ThreadLogging;
}

/** Builds the handlers of the worker's tasks in a thread of their own. */
async function start(): Promise<TaskHost> {
  const { options, logging } = workerData as TaskSettings;
  const { id, dataDir, outputsDir, plugin } = options;
  const logger = componentLogger(threadLogger(logging).logger, 'participant');
  const backend = await chooseBackend(options, logger);
  await startBackend(backend);
  const registry = createRegistry(await Promise.all(plugin.map((name) => loadPlugin(name))));
  const handlers = createTaskHandlers({
    participant: id,
    dataDirectory: dataDir,
    outputsDirectory: outputsDir,
    registry,
    backend,
    logger,
  });
  return {
    handlers: inTaskContext(handlers, id),
    capabilities: [SPACE_BY_DIGEST, ...capabilitiesOf(registry)],
  };
}

if (parentPort !== null) hostTasks(parentPort, start);
