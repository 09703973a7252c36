// Polls a port in a separate thread; answers any message with the longest response time, in ms.
import { request } from 'node:http';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

let longest = 0;
parentPort.on('message', () => parentPort.postMessage(longest));
for (;;) {
  const startedMs = performance.now();
  const asked = request({ port: workerData.port, path: '/v1/tensors/none', agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
  longest = Math.max(longest, performance.now() - startedMs);
}
