import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Reads and discards every request body: the baseline cost of HTTP over loopback. Sends its port over IPC.
const server = createServer({ highWaterMark: 1 << 18 }, (request, response) => {
  request.resume();
  request.on('end', () => response.end());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
