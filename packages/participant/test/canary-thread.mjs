// The thread of a worker for tests: the product's own handlers on the folders that the test names.
import { parentPort, workerData } from 'node:worker_threads';
import { createRegistry } from '@synergos/fed-algorithms';
import { createTaskHandlers, hostTasks } from '@synergos/participant';

hostTasks(parentPort, async () => ({
  handlers: createTaskHandlers({ participant: 'a', registry: createRegistry(), ...workerData }),
  capabilities: [],
}));
