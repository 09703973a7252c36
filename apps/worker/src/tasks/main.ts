import { parentPort, workerData } from 'node:worker_threads';
import { inTaskContext } from '@synergos/command-line';
import { capabilitiesOf, createRegistry, loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, threadLogger } from '@synergos/logging';
import { startBackend } from '@synergos/networks';
import { createTaskHandlers, hostTasks, SPACE_BY_DIGEST, type TaskHost } from '@synergos/participant';
import { chooseBackend } from './backend.js';
import type { TaskSettings } from './settings.js';

/** The thread that does the worker's tasks. */
async function start(): Promise<TaskHost> {
  const { options, logging } = workerData as TaskSettings;
  const { id, dataDir, outputsDir, plugin } = options;
  const { logger } = threadLogger(logging);
  const backend = await chooseBackend(options, componentLogger(logger, 'participant'));
  await startBackend(backend);
  const registry = createRegistry(await Promise.all(plugin.map((name) => loadPlugin(name))));
  const handlers = createTaskHandlers({
    participant: id,
    dataDirectory: dataDir,
    outputsDirectory: outputsDir,
    registry,
    backend,
    logger: componentLogger(logger, 'participant'),
  });
  return {
    handlers: inTaskContext(handlers, id),
    capabilities: [SPACE_BY_DIGEST, ...capabilitiesOf(registry)],
  };
}

if (parentPort !== null) hostTasks(parentPort, start);
