import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Handles a request in place of the server: returns true if it has answered. */
export type Prank = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * A faulty proxy in front of an HTTP server, controlled by `prank`; with `loseAnswers`, it forwards each request and
 * answers 502.
 */
export async function startFront(target: () => URL) {
  const state = { prank: undefined as Prank | undefined, loseAnswers: false, requests: 0 };
  const server = createServer((incoming, outgoing) => {
    state.requests += 1;
    if (state.prank?.(incoming, outgoing) === true) return void incoming.resume();
    const { method, url = '/', headers } = incoming;
    const onward = request(new URL(url, target()), { method: method ?? 'GET', headers }, (answer) => {
      if (state.loseAnswers) {
        answer.resume().on('end', () => outgoing.writeHead(502).end('<html>bad gateway</html>'));
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { url: `http://127.0.0.1:${port}` });
}
