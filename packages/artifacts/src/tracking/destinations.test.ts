import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { createDestinations } from './destinations.js';

const destination = (body: object | undefined) =>
  createDestinations({
    records: {
      get: async (kind, key) =>
        body === undefined ? undefined : { doc_id: '1', kind, key, body: { ...body }, created_at: '' },
    },
    directory: 'mlruns',
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
  'the host %j is refused, by name',
  async (host) => {
    await expect(destination({ mlops: { host } })).rejects.toMatchObject({
      code: 'invalid_mlops',
      message: expect.stringContaining(`'${host}'`),
    });
  },
);

it('a collaboration that is gone is tracked nowhere', async () => {
  expect(await destination(undefined)).toBeUndefined();
});
