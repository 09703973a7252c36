import { describe, expect, it } from 'vitest';
import { C, E, P, prepareProject, R, registrationOf, startServer, TRAIN } from './server.js';

const PEOPLE = '/ttp/connect/participants';
const RECORDS: readonly (readonly [path: string, body: object, changed: object])[] = [
  [C, { collab_id: 'c' }, { mlops: { host: 'mlflow' } }],
  [P, { project_id: 'p', action: 'classify' }, { incentives: { gold: ['alice'] } }],
  [E, { expt_id: 'e', model: [{ l_type: 'Linear', structure: { bias: false } }] }, {}],
  [R, { run_id: 'r' }, { rounds: 4 }],
  [PEOPLE, { participant_id: 'alice' }, { summary: 'a hospital' }],
  [registrationOf('alice'), { role: 'host' }, {}],
  [`${registrationOf('alice')}/tags`, { train: [['other']] }, {}],
];

describe('a POST of an id that exists', () => {
  it('is rejected; with ?overwrite=true it replaces the record and keeps the records below it', async () => {
    await using server = await startServer();
    await prepareProject(server);
    for (const [path, body, more] of RECORDS) {
      expect([path, (await server.call('POST', path, body)).status]).toEqual([path, 409]);
      const { status, json } = await server.call('POST', `${path}?overwrite=true`, { ...body, ...more });
      expect([path, status, json.data]).toMatchObject([path, 200, { ...body, ...more }]);
      const again = await server.call('POST', `${path}?overwrite=true`, body);
      for (const name of Object.keys(more)) expect(again.json.data[name]).not.toEqual(Object(more)[name]);
      expect(again.json.data.doc_id).toBe(json.data.doc_id);
    }
    expect((await server.call('GET', `${C}/c`)).json.data.relations).toMatchObject({
      Run: [{ run_id: 'r', rounds: 10 }],
      Tag: [{ train: [['other']] }, { train: [['data', 'train']] }],
    });
    expect((await server.call('POST', `${R}?overwrite=maybe`, { run_id: 'r' })).status).toBe(400);
  });

  it('replaces the record if the server is set so, unless the request overrides that', async () => {
    await using server = await startServer({ overwrite: true });
    await prepareProject(server);
    for (const [path, body] of RECORDS)
      expect([path, (await server.call('POST', path, body)).status]).toEqual([path, 200]);
    expect((await server.call('POST', `${R}?overwrite=false`, { run_id: 'r' })).status).toBe(409);
  });

  it("drops the project's alignment if its data or model was replaced", async () => {
    await using server = await startServer({ overwrite: true });
    await prepareProject(server);
    const aligned = async () => (await server.call('GET', `${TRAIN}/alignments`)).json.data.length;
    for (const [path, body] of RECORDS.filter(([at]) => at === E || at.endsWith('/tags'))) {
      await server.call('POST', `${TRAIN}/alignments`);
      expect(await aligned()).toBe(2);
      await server.call('POST', path, body);
      expect(await aligned()).toBe(0);
    }
  });
});
