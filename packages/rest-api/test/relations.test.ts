import { createRecordStore, openDatabase } from '@synergos/artifacts';
import { describe, expect, it } from 'vitest';
import { presentAll } from '../src/records.js';
import {
  C,
  E,
  EVALUATE,
  P,
  PREDICT,
  prepareProject,
  R,
  registrationOf,
  startServer,
  TRAIN,
} from './server.js';

const PARTICIPANT = '/ttp/connect/participants/alice';
/** The table of the REST contract. */
const DESCENDANTS = [
  [`${C}/c`, ['Project', 'Experiment', 'Run', 'Registration', 'Tag', 'Model', 'Validation', 'Prediction']],
  [`${P}/p`, ['Experiment', 'Run', 'Registration', 'Tag', 'Model', 'Validation', 'Prediction']],
  [`${E}/e`, ['Run', 'Model', 'Validation', 'Prediction']],
  [`${R}/r`, ['Model', 'Validation', 'Prediction']],
  [PARTICIPANT, ['Registration', 'Tag']],
  [registrationOf('alice'), ['Tag', 'Alignment']],
  [`${registrationOf('alice')}/tags`, ['Alignment']],
] as const;

async function evaluated() {
  const server = await startServer();
  await prepareProject(server);
  await server.call('POST', `${TRAIN}/models/e/r`);
  await server.call('POST', `${EVALUATE}/validations/e/r`);
  await server.call('POST', `${PREDICT}/p/e/r`, { tags: { p: [['new']] } });
  return server;
}

describe('relations of a record', () => {
  it('contain all descendants, flat by kind', async () => {
    await using server = await evaluated();
    for (const [path, kinds] of DESCENDANTS) {
      const { relations } = (await server.call('GET', path)).json.data;
      expect([path, Object.keys(relations).sort()]).toEqual([path, [...kinds].sort()]);
      for (const kind of kinds)
        expect([path, kind, relations[kind]]).toEqual([
          path,
          kind,
          expect.arrayContaining([expect.objectContaining({ kind, relations: {} })]),
        ]);
    }
    const { relations } = (await server.call('GET', `${C}/c`)).json.data;
    expect(relations.Validation).toHaveLength(2);
    expect(relations.Tag.map(({ participant_id }: { participant_id: string }) => participant_id)).toEqual([
      'alice',
      'bob',
    ]);
  });

  it('are the same in a list and in the record itself', async () => {
    await using server = await evaluated();
    const lists = [C, P, E, R, '/ttp/connect/participants', `${P}/p/registrations`];
    const singles = [`${C}/c`, `${P}/p`, `${E}/e`, `${R}/r`, PARTICIPANT, registrationOf('alice')];
    for (const [index, list] of lists.entries()) {
      const { data } = (await server.call('GET', singles[index] ?? '')).json;
      expect((await server.call('GET', list)).json.data[0]).toEqual(data);
    }
  });

  it('contain only the children, or nothing, with a query parameter', async () => {
    await using server = await evaluated();
    const kinds = async (path: string) => Object.keys((await server.call('GET', path)).json.data.relations);
    expect(await kinds(`${C}/c?relations=children`)).toEqual(['Project']);
    expect(await kinds(`${P}/p?relations=children`)).toEqual(['Experiment', 'Registration']);
    expect(await kinds(`${registrationOf('alice')}?relations=children`)).toEqual(['Tag']);
    expect(await kinds(`${C}/c?relations=none`)).toEqual([]);
    const [listed] = (await server.call('GET', `${C}?relations=none`)).json.data;
    expect(listed.relations).toEqual({});
    const wrong = await server.call('GET', `${C}?relations=some`);
    expect(wrong).toMatchObject({ status: 400, json: { errors: [{ path: 'relations' }] } });
    const { paths } = (await server.call('GET', '/openapi.json')).json;
    expect(paths[C].get.parameters).toMatchObject([
      { name: 'relations', in: 'query', schema: { enum: ['none', 'children', 'all'], default: 'all' } },
    ]);
  });

  it('are read with one query per kind, independent of the number of records in a list', async () => {
    const database = await openDatabase({ path: ':memory:' });
    const records = createRecordStore(database);
    await records.create('Collaboration', { collab_id: 'c' }, {});
    await records.create('Project', { collab_id: 'c', project_id: 'p' }, {});
    for (const expt_id of ['a', 'b', 'd', 'e'])
      await records.create('Experiment', { collab_id: 'c', project_id: 'p', expt_id }, {});
    const queried: string[] = [];
    const counted: typeof records = {
      ...records,
      list: (kind, key) => {
        queried.push(kind);
        return records.list(kind, key);
      },
    };
    const key = { collab_id: 'c', project_id: 'p' };
    await presentAll(counted, 'Experiment', await records.list('Experiment', key), key);
    expect(queried).toEqual(['Run', 'Model', 'Validation', 'Prediction']);
    await database.close();
  });
});
