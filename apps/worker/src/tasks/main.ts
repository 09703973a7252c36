import { parentPort, workerData } from 'node:worker_threads';
import { createRegistry, loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, createLogger } from '@synergos/logging';
import { createTaskHandlers, hostTasks, startBackend } from '@synergos/participant';
import type { TaskSettings } from './settings.js';

/** The thread that does the worker's tasks. */
async function start() {
  const { options, pretty } = workerData as TaskSettings;
  const { id, dataDir, outputsDir, backend, debug, plugin } = options;
  const logger = createLogger({ node: id, role: 'worker', level: debug ? 'debug' : 'info', pretty });
  await startBackend(backend);
  return createTaskHandlers({
    participant: id,
    dataDirectory: dataDir,
    outputsDirectory: outputsDir,
    registry: createRegistry(await Promise.all(plugin.map((name) => loadPlugin(name)))),
    backend,
    logger: componentLogger(logger, 'participant'),
  });
}

if (parentPort !== null) hostTasks(parentPort, start);
