import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareProject, startServer, type TestServer } from './server.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  /** Names of the body's fields, as the API itself tells them. */
  readonly fields: readonly string[];
}

async function operationsOf({ call }: TestServer): Promise<readonly Operation[]> {
  const { json } = await call('GET', '/openapi.json');
  const paths = json.paths as Record<string, Record<string, any>>;
  return Object.entries(paths)
    .filter(([path]) => !path.endsWith('/events'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody }]) => {
        const schema = requestBody?.content['application/json'].schema;
        const properties = schema?.properties ?? schema?.anyOf?.[0]?.properties ?? {};
        return { method: method.toUpperCase(), path, fields: Object.keys(properties as object) };
      }),
    );
}

const nastyId = fc.oneof(
  fc.constantFrom(
    'c',
    'p',
    'e',
    'r',
    'alice',
    '..',
    '.',
    '__proto__',
    'constructor',
    '%00',
    'a/b',
    '\\',
    ' ',
    '💥',
    '-1',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constant('x'.repeat(10_000)),
);
const nastyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    1e308,
    -0,
    Number.MAX_SAFE_INTEGER,
    '',
    'x'.repeat(10_000),
    [[[[]]]],
    { __proto__: null },
    null,
    true,
  ),
  nastyId,
);

/** Bodies that are near enough to the schema to get past its first field. */
const bodyFor = (fields: readonly string[]) =>
  fc.oneof(
    fc.dictionary(fields.length > 0 ? fc.constantFrom(...fields) : fc.string(), nastyValue, { maxKeys: 6 }),
    nastyValue,
  );

describe('every call of the API', () => {
  it('answers whatever it is sent with an envelope that is not a fault of the server', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const operations = await operationsOf(server);
    expect(operations.length).toBeGreaterThan(40);
    const request = fc.constantFrom(...operations).chain((operation) => {
      const names = [...operation.path.matchAll(/\{\w+\}/g)].length;
      return fc.record({
        operation: fc.constant(operation),
        ids: fc.array(nastyId, { minLength: names, maxLength: names }),
        body:
          operation.method === 'GET' || operation.method === 'DELETE'
            ? fc.constant(undefined)
            : bodyFor(operation.fields),
      });
    });
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, ids, body }) => {
        let next = 0;
        const path = operation.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(ids[next++] ?? ''));
        const { status, json } = await server.call(
          operation.method,
          path,
          body === undefined ? undefined : JSON.stringify(body),
          {
            prefer: 'respond-async',
          },
        );
        seen.add(status);
        expect(
          status === 501 ? 0 : status,
          `${operation.method} ${path} ${JSON.stringify(body)}`,
        ).toBeLessThan(500);
        // The server itself refuses a request line that is too long; a file is no envelope.
        if (status === 431 || (path.includes('/artifacts/') && status === 200)) return;
        expect(json).toMatchObject({ apiVersion: '0.1.0', success: status < 400 ? 1 : 0, status });
        if (status >= 400) expect(json.message).toMatch(/\w/);
      }),
      { numRuns: 3000, seed: 20261123 },
    );
    expect(seen).toContain(200);
    expect(seen).toContain(400);
    expect(seen).toContain(404);
  }, 120_000);

  it.each([
    ['a body that is not JSON', '{"collab_id": ', {}, 400],
    ['a body of another type', 'collab_id=c', { 'content-type': 'text/plain' }, 415],
    ['a body over the limit', JSON.stringify({ collab_id: 'x'.repeat(11 * 1024 * 1024) }), {}, 413],
    ['a body nested too deep', `${'['.repeat(100)}${']'.repeat(100)}`, {}, 400],
    ['a body that reaches for prototypes', '{"collab_id": "c", "__proto__": {"admin": true}}', {}, 400],
  ])('refuses %s', async (_what, body, headers, status) => {
    await using server = await startServer();
    const answer = await server.call('POST', '/ttp/connect/collaborations', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ success: 0, status });
    expect((await server.call('GET', '/ttp/connect/collaborations')).json.data).toEqual([]);
  });
});
