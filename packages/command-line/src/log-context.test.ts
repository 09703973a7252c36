import { createLogger, Identities, type Logger } from '@synergos/logging';
import { expect, it } from 'vitest';
import { concealingParticipants, inTaskContext, withJobContext } from './log-context.js';

function captured(identities?: Identities): { logger: Logger; records: Record<string, unknown>[] } {
  const records: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void records.push(JSON.parse(line) as Record<string, unknown>) };
  return { logger: createLogger({ node: 'n', role: 'ttp', stream, identities }), records };
}

it('records logged during a job carry its ids, later ones do not', async () => {
  const { logger, records } = captured();
  const payload = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r', auto_fix: true };
  await withJobContext({ id: 'j', payload }, async () => {
    await Promise.resolve();
    logger.info({}, 'within');
  });
  logger.info({}, 'after');
  expect(records[0]).toMatchObject({ job: 'j', collab: 'c', project: 'p', expt: 'e', run: 'r' });
  expect(records[0]).not.toHaveProperty('participant');
  expect(records[1]).not.toHaveProperty('job');
});

it.each([
  [
    { key: { collab: 'c', project: 'p', expt: 'e', run: 'r' }, round: 3 },
    { collab: 'c', run: 'r', round: 3, participant: 'dream' },
  ],
  [{ key: { collab: 'c', project: 'p' } }, { collab: 'c', project: 'p', participant: 'dream' }],
  [undefined, { participant: 'dream' }],
  [{ key: 7, round: 'x' }, { participant: 'dream' }],
])('records logged during a task with %j carry %j', (payload, ids) => {
  const { logger, records } = captured();
  const handlers = inTaskContext(
    { train: (_task: { readonly payload: unknown }) => logger.info({}, 'within') },
    'dream',
  );
  handlers.train({ payload });
  expect(records[0]).toMatchObject(ids);
});

it('teaches the censor participants in arguments and results of a store', async () => {
  const identities = new Identities();
  const { logger, records } = captured(identities);
  const stored = [{ key: { participant_id: 'bank-7' } }];
  const plain = {
    list: () => Promise.resolve(stored),
    get: (_kind: string, key: object) => Promise.resolve(stored.find((record) => record.key === key)),
  };
  const store = concealingParticipants(plain, identities);
  logger.info({}, 'bank-7, hospital-1');
  expect(records.at(-1)?.['msg']).toBe('bank-7, hospital-1');
  await store.get('Participant', { participant_id: 'hospital-1' });
  await store.list();
  logger.info({}, 'bank-7, hospital-1');
  expect(records.at(-1)?.['msg']).toMatch(/^participant-\w{8}, participant-\w{8}$/);
});

it('without censoring a store is itself', () => {
  const store = { get: () => undefined };
  expect(concealingParticipants(store, undefined)).toBe(store);
});
