// A data plane's thread for tests.
import { parentPort, workerData } from 'node:worker_threads';
import { OrchestrationError } from '@synergos/orchestration';
import { hostDataPlane } from '@synergos/ttp-runtime';
import { DataPlane } from '@synergos/rpc-core';

hostDataPlane(parentPort, async () => {
  if (workerData.refuse) throw new OrchestrationError('port_in_use', 'the port is taken');
  if (workerData.crashAfterMs) setTimeout(throwError, workerData.crashAfterMs);
  const dataPlane = new DataPlane({ authenticate: async () => 'ok' });
  const { port } = await dataPlane.listen(0);
  return { dataPlane, port, close: () => dataPlane.close() };
});

function throwError() {
  throw new Error('a bug');
}
