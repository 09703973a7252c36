import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Logger, silentLogger } from '@synergos/contract';
import type { Express } from 'express';
import { DEFAULT_REST_CONNECTIONS, limitConnections, withIdleBodies } from './connections.js';

const CLOSE_GRACE_MS = 500;
/** Timeout of a request's headers, and of a TLS handshake. */
const HEADERS_MS = 15_000;

export interface ServerOptions {
  readonly port: number;
  readonly host?: string;
  /** Maximum number of open connections; also the base of the limits per address and without a token. Default 4096. */
  readonly mostConnections?: number;
  readonly logger?: Logger;
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

export interface RestServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Thrown when the port belongs to another process. */
export class RestPortInUse extends Error {
  readonly code = 'port_in_use';

  constructor(host: string, port: number) {
    super(`port ${port} on ${host} is in use; stop the other process or choose another port with --port`);
  }
}

/** Serves the API. Port 0 selects a free port. */
export async function serve(
  app: Express,
  {
    port,
    host = '127.0.0.1',
    tls,
    mostConnections = DEFAULT_REST_CONNECTIONS,
    logger = silentLogger,
  }: ServerOptions,
): Promise<RestServer> {
  // The response to a POST that starts work may take hours.
  const timeouts = {
    requestTimeout: 0,
    headersTimeout: HEADERS_MS,
    keepAliveTimeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const listener = withIdleBodies(app);
  const server = tls
    ? createHttpsServer({ ...tls, ...timeouts, handshakeTimeout: HEADERS_MS }, listener)
    : createHttpServer(timeouts, listener);
  limitConnections(server, mostConnections, logger);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new RestPortInUse(host, port) : error);
    });
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        // Event streams and waiting clients would otherwise keep the server open as long as their jobs run.
        const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
