import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordKinds, type RecordKind } from '@synergos/artifacts';
import { bodiesOf, type Schema } from './arbitrary-body.js';
import { createRegistry } from '@synergos/fed-algorithms';
import { createRunChecks } from '@synergos/orchestration';
import { C, E, P, prepareProject, startServer, type TestServer } from './server.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  /** The schema of the body, from the API itself. */
  readonly schema: Schema | undefined;
}

async function operationsOf({ call }: TestServer): Promise<readonly Operation[]> {
  const { json } = await call('GET', '/openapi.json');
  const paths = json.paths as Record<string, Record<string, any>>;
  return Object.entries(paths)
    .filter(([path]) => !path.endsWith('/events'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody }]) => {
        const schema = requestBody?.content['application/json'].schema as Schema | undefined;
        return { method: method.toUpperCase(), path, schema };
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

/** All records, to check whether a rejected request changed one. */
async function snapshot({ records }: TestServer): Promise<string> {
  const kinds = recordKinds.filter((kind) => !workKinds.has(kind));
  const all = await Promise.all(kinds.map((kind) => records.list(kind)));
  return JSON.stringify(all.flat().filter(({ key }) => key.run_id?.startsWith('optim_run_') !== true));
}
/** Records that jobs write while other requests are answered; runs of trials are also such records. */
const workKinds: ReadonlySet<RecordKind> = new Set(['Alignment', 'Model', 'Validation', 'Prediction']);

const REAL: Readonly<Record<string, string>> = {
  collab_id: 'c',
  project_id: 'p',
  expt_id: 'e',
  run_id: 'r',
  participant_id: 'alice',
};

/** Sends generated requests; returns the statuses of the responses. */
async function storm(
  server: TestServer,
  operations: readonly Operation[],
  requests: number,
  seed = 20261123,
): Promise<ReadonlySet<number>> {
  const request = fc.constantFrom(...operations).chain((operation) => {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    // A deleted record makes most of the later requests fail: deletions are mostly of records that do not exist.
    const real = operation.method === 'DELETE' ? 1 : 12;
    const idOf = (name: string) =>
      fc.oneof(
        { weight: real, arbitrary: fc.constant(REAL[name] ?? 'x') },
        { weight: 2, arbitrary: nastyId },
      );
    const hasBody = operation.method !== 'GET' && operation.method !== 'DELETE';
    return fc.record({
      operation: fc.constant(operation),
      ids: fc.tuple(...names.map(idOf)),
      body: hasBody ? bodiesOf(operation.schema, nastyValue) : fc.constant(undefined),
    });
  });
  const seen = new Set<number>();
  let known: string | undefined;
  await fc.assert(
    fc.asyncProperty(request, async ({ operation: { method, path: template }, ids, body }) => {
      let next = 0;
      const path = template.replaceAll(/\{\w+\}/g, () => encodeURIComponent(ids[next++] ?? ''));
      const text = body === undefined ? undefined : JSON.stringify(body);
      const before = known ?? (await snapshot(server));
      known = undefined;
      const { status, json } = await server.call(method, path, text, { prefer: 'respond-async' });
      seen.add(status);
      expect(status, `${method} ${path} ${text}`).toBeLessThan(500);
      // Node's HTTP server rejects a request line that is too long; a file is not an envelope.
      if (status === 431 || (/artifacts|archive/.test(path) && status === 200)) return;
      expect(json).toMatchObject({ apiVersion: '0.1.0', success: status < 400 ? 1 : 0, status });
      if (status < 400) return;
      expect(json.message).toMatch(/\w/);
      known = await snapshot(server);
      expect(known).toBe(before);
    }),
    { numRuns: requests, seed },
  );
  return seen;
}

describe('every call of the API', () => {
  it('answers any request with an envelope that is not an internal fault, and rejects without a change', async () => {
    await using server = await startServer();
    const operations = await operationsOf(server);
    expect(operations.length).toBeGreaterThan(40);
    const seen = new Set<number>();
    for (let part = 1; part <= 8; part++) {
      // Creates the records again that an earlier request deleted.
      await prepareProject(server);
      for (const status of await storm(server, operations, 500, part)) seen.add(status);
    }
    for (const status of [200, 201, 202, 400, 404, 409]) expect(seen).toContain(status);
  }, 300_000);

  it('does so for every layer and argument of models and runs', async () => {
    await using server = await startServer({ checks: createRunChecks(createRegistry()) });
    await server.call('POST', C, { collab_id: 'c' });
    await server.call('POST', P, { project_id: 'p', action: 'classify' });
    const structure = { in_features: 4, out_features: 1 };
    const model = [{ l_type: 'Linear', structure, is_input: true, activation: 'sigmoid' }];
    expect((await server.call('POST', E, { expt_id: 'e', model })).status).toBe(201);
    const operations = await operationsOf(server);
    const checked = operations.filter(
      ({ path, schema }) => /experiments|runs/.test(path) && schema !== undefined,
    );
    expect(checked).toHaveLength(4);
    const seen = await storm(server, checked, 3000);
    for (const status of [200, 400, 404, 422]) expect(seen).toContain(status);
  }, 120_000);

  it.each([
    ['a body that is not JSON', '{"collab_id": ', {}, 400],
    ['a body of another type', 'collab_id=c', { 'content-type': 'text/plain' }, 415],
    ['a body over the limit', JSON.stringify({ collab_id: 'x'.repeat(11 * 1024 * 1024) }), {}, 413],
    ['a body nested too deep', `${'['.repeat(100)}${']'.repeat(100)}`, {}, 400],
    ['a body that reaches for prototypes', '{"collab_id": "c", "__proto__": {"admin": true}}', {}, 400],
  ])('rejects %s', async (_what, body, headers, status) => {
    await using server = await startServer();
    const answer = await server.call('POST', '/ttp/connect/collaborations', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ success: 0, status });
    expect((await server.call('GET', '/ttp/connect/collaborations')).json.data).toEqual([]);
  });
});
