import { parentPort, workerData } from 'node:worker_threads';
import { inTaskContext } from '@synergos/command-line';
import { createRegistry, loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, threadLogger } from '@synergos/logging';
import { startBackend } from '@synergos/networks';
import { createTaskHandlers, hostTasks } from '@synergos/participant';
import type { TaskSettings } from './settings.js';

/** The thread that does the worker's tasks. */
async function start() {
  const { options, logging } = workerData as TaskSettings;
  const { id, dataDir, outputsDir, backend, plugin } = options;
  const { logger } = threadLogger(logging);
  await startBackend(backend);
  const handlers = createTaskHandlers({
    participant: id,
    dataDirectory: dataDir,
    outputsDirectory: outputsDir,
    registry: createRegistry(await Promise.all(plugin.map((name) => loadPlugin(name)))),
    backend,
    logger: componentLogger(logger, 'participant'),
  });
  return inTaskContext(handlers, id);
}

if (parentPort !== null) hostTasks(parentPort, start);
