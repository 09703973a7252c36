import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.js';
import { Identities } from './identities.js';

function written(log: (logger: ReturnType<typeof createLogger>, identities: Identities) => void) {
  const lines: string[] = [];
  const identities = new Identities();
  const stream = { write: (line: string) => void lines.push(line) };
  log(createLogger({ node: 'ttp/1', role: 'ttp', stream, identities }), identities);
  return { text: lines.join(''), records: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('censored', () => {
  it.each([
    ['cannot read /srv/data/heart/train.csv', 'cannot read [path]'],
    ['see ./outputs/a.json, and C:\\data\\x.csv', 'see [path], and [path]'],
    ['getaddrinfo ENOTFOUND db.hospital.example', 'getaddrinfo ENOTFOUND [host]'],
    ['connect ECONNREFUSED 10.1.2.3:5432', 'connect ECONNREFUSED [host]'],
    ['connect ECONNREFUSED ::1:5432', 'connect ECONNREFUSED [host]'],
    ['listening on fe80::1ff:fe23:4567:890a', 'listening on [host]'],
    ['at localhost:8020', 'at [host]'],
    ['dialling https://ttp.example.org:8020/rpc', 'dialling [url]'],
    ['port 8020 is in use', 'port [port] is in use'],
    ['round 3 took 0.36 s; loss 1.5e-3', 'round 3 took 0.36 s; loss 1.5e-3'],
    ["a field's value is wrong: expected 3, got 4", "a field's value is wrong: expected 3, got 4"],
  ])('%j is written as %j', (message, expected) => {
    expect(written((logger) => logger.info({}, message)).records[0]?.['msg']).toBe(expected);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1:5672', '[host]'],
    ['mq', 'connect ECONNREFUSED mq:5672', 'connect ECONNREFUSED [host]'],
    ['::1', 'http to [::1]:5672', 'http to [[host]]'],
  ])('removes the port of the known host %s with it: %j', (host, message, expected) => {
    const { records } = written((logger, identities) => {
      identities.conceal('host', host);
      logger.info({ broker: message }, message);
    });
    expect(records[0]).toMatchObject({ msg: expected, broker: expected });
  });

  it('removes fields of paths, hosts and ports by name', () => {
    const { records } = written((logger) =>
      logger.info(
        { dataDir: 'x', file: 'y', host: 'z', url: 'w', port: 5000, dataPort: 8020, export: 3, epochs: 2 },
        'm',
      ),
    );
    const { dataDir, file, host, url } = records[0] ?? {};
    expect([dataDir, file, host, url]).toEqual(['[path]', '[path]', '[host]', '[host]']);
    expect(records[0]).not.toHaveProperty('port');
    expect(records[0]).not.toHaveProperty('dataPort');
    expect(records[0]).toMatchObject({ export: 3, epochs: 2 });
  });

  it('uses one pseudonym for a known participant, in fields, messages, keys and stacks', () => {
    const { text, records } = written((logger) => {
      logger.info({ participant: 'hospital-1' }, 'hospital-1 connected');
      logger.info({ participants: ['hospital-1', 'St. Mary: east'] }, 'waiting');
      logger.error({ err: new Error('hospital-1: no such column'), losses: { 'hospital-1': 0.5 } }, 'failed');
      logger.info({ reason: 'got 1 of 2 updates: St. Mary: east, hospital-1.' }, 'x');
      logger.child({ participant: 'bank-7' }).info({}, 'bank-7');
    });
    expect(text).not.toMatch(/hospital-1|Mary|bank-7/);
    const [first, second] = records;
    expect(first?.['participant']).toMatch(/^participant-[0-9a-f]{8}$/);
    expect(first?.['msg']).toBe(`${String(first?.['participant'])} connected`);
    expect(second?.['participants']).toContain(first?.['participant']);
    expect(records[2]?.['losses']).toEqual({ [String(first?.['participant'])]: 0.5 });
  });

  it('replaces the id that an unauthenticated caller claims, and no other text because of it', () => {
    const { text, records } = written((logger) => {
      logger.warn({ claimedParticipant: 'round' }, 'a worker was refused: unknown participant');
      logger.info({ participant: 'hospital-1' }, 'round 3');
      logger.warn({ claimedParticipant: 'hospital-1' }, 'a worker was refused: wrong token');
    });
    expect(records[0]?.['claimedParticipant']).toMatch(/^participant-[0-9a-f]{8}$/);
    expect(records[1]?.['msg']).toBe('round 3');
    expect(records[2]?.['claimedParticipant']).toBe(records[1]?.['participant']);
    expect(text).not.toContain('hospital-1');
  });

  it('leaves a name inside another word unchanged', () => {
    const { records } = written((logger, identities) => {
      identities.conceal('participant', 'ham');
      logger.info({}, 'hammer, ham and graham-ham');
    });
    expect(records[0]?.['msg']).toMatch(/^hammer, participant-[0-9a-f]{8} and graham-ham$/);
  });

  it('removes listed texts and secrets', () => {
    const { records } = written((logger, identities) => {
      identities.conceal('text', 'Project Orion');
      logger.info({ project: 'Project Orion', token: 'abc' }, 'about Project Orion, Bearer abcdef');
    });
    expect(records[0]).toMatchObject({
      project: '[censored]',
      token: '[secret]',
      msg: 'about [censored], Bearer [secret]',
    });
  });

  it('uses the same pseudonyms in all threads of a process, and others in another process', () => {
    const identities = new Identities();
    identities.conceal('participant', 'hospital-1');
    const thread = new Identities(identities.settings());
    expect(thread.censorText('hospital-1')).toBe(identities.censorText('hospital-1'));
    const other = new Identities();
    other.conceal('participant', 'hospital-1');
    expect(other.censorText('hospital-1')).not.toBe(identities.censorText('hospital-1'));
  });
});
