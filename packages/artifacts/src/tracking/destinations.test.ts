import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createDestinations, type DestinationOptions } from './destinations.js';
import { serversNamed } from './mlflow-hosts.js';

const destination = (body: object | undefined, options: Partial<DestinationOptions> = {}) =>
  createDestinations({
    records: {
      get: async (kind, key) =>
        body === undefined ? undefined : { doc_id: '1', kind, key, body: { ...body }, created_at: '' },
    },
    directory: 'mlruns',
    ...options,
  })('c');

it('a collaboration without a server is tracked in files', async () => {
  for (const body of [
    {},
    { mlops: null },
    { mlops: { host: '' } },
    { mlops: { host: null, ports: { main: 1 } } },
  ])
    expect((await destination(body))?.name).toBe(resolve('mlruns'));
});

it.each([
  [{ host: 'mlflow.example.org', ports: { main: 5500, ui: 8080 } }, 'http://mlflow.example.org:5500'],
  [{ host: 'mlflow.example.org' }, 'http://mlflow.example.org:5000'],
  [{ host: '10.0.0.7', ports: { main: 443 }, secure: true }, 'https://10.0.0.7'],
  [{ host: '::1', ports: null, secure: null }, 'http://[::1]:5000'],
])('%j is the server %s', async (mlops, url) => {
  expect((await destination({ mlops }))?.name).toBe(url);
});

it.each(['http://x', 'x/path', 'user@x', 'a b', 'x?y', 'x#y'])(
  'the host %j is refused by name',
  async (host) => {
    await expect(destination({ mlops: { host } })).rejects.toMatchObject({
      code: 'invalid_mlops',
      message: expect.stringContaining(`'${host}'`),
    });
  },
);

it('a deleted collaboration has no destination', async () => {
  expect(await destination(undefined)).toBeUndefined();
});

it('a server outside the list is refused, and credentials are sent only to servers on the list', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    seen.push(headers.authorization);
    response.writeHead(403).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port: main } = server.address() as AddressInfo;
  const mlops = { host: '127.0.0.1', ports: { main } };
  const run = { id: 'job', experiment: 'e', name: 'r', startedMs: 1 };
  const send = async (allows?: DestinationOptions['allows']) => {
    const { tracker } = (await destination({ mlops }, { allows, authorization: 'Bearer hush' })) ?? {};
    await tracker?.openRun(run, AbortSignal.timeout(5000)).catch(() => undefined);
    return seen.splice(0).at(0);
  };
  expect(await send()).toBeUndefined();
  expect(await send(serversNamed([`127.0.0.1:${main}`]))).toBe('Bearer hush');
  await expect(send(serversNamed(['127.0.0.1:1', 'localhost']))).rejects.toMatchObject({
    code: 'mlops_not_allowed',
    message: expect.stringContaining(`http://127.0.0.1:${main}`) as string,
  });
  expect(seen).toEqual([]);
});

it.each(['http://mlflow', 'mlflow:', 'mlflow:x', '::1', '[::1', ''])(
  'the list refuses the entry %j',
  (entry) => {
    expect(() => serversNamed([entry])).toThrow(/is not HOST or HOST:PORT/);
  },
);
