import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Takes whatever is sent and forgets it: what HTTP over loopback costs by itself. Tells its port over IPC.
const server = createServer({ highWaterMark: 1 << 18 }, (request, response) => {
  request.resume();
  request.on('end', () => response.end());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
