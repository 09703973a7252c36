import { Agent, request } from 'node:http';

/** Calls over a few kept connections; resolves with how long each took. */
export interface Load extends Disposable {
  call(method: string, path: string, body?: unknown): Promise<{ readonly ms: number; readonly json: any }>; // oxlint-disable-line no-explicit-any
}

export function createLoad(url: string, token: string, connections: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const authorization = `Bearer ${token}`;
  return {
    call: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const startedMs = performance.now();
        const headers = {
          authorization,
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        };
        const sent = request(url + path, { method, agent, headers }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const ms = performance.now() - startedMs;
            const answer = Buffer.concat(parts).toString();
            if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${answer}`));
            else resolve({ ms, json: JSON.parse(answer) });
          });
        });
        sent.on('error', reject);
        sent.end(text);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** The value that a share of the others do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
