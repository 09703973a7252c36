import { hostname } from 'node:os';
import { islands } from '@synergos/example-penguins/dist/penguins.js';
import { afterEach, describe, expect, it } from 'vitest';
import { hasRsyslog, Rsyslog } from '../../packages/logging/test/rsyslog.js';
import { ClusterFederation } from './cluster-federation.js';
import { EXPERIMENT, eventually, IDS } from './federation.js';
import { holds } from './holds.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}, 60_000);

/** A full run on a cluster of one grid; gives what all processes logged, here and to Graylog. */
async function runWith(options: readonly string[]) {
  const graylog = await Rsyslog.onFreePort();
  cleanups.push(() => graylog.close());
  await graylog.start();
  const federation = new ClusterFederation();
  cleanups.push(() => federation.close());
  const variant = ['--logging_variant', 'graylog', '127.0.0.1', String(graylog.port)];
  await federation.start({
    grids: 1,
    options: [...options, ...variant, '--debug', '--logging_resolution', '1'],
  });
  await federation.createRun('logged', { rounds: 2, epochs: 2 });
  const ids = { ...IDS, expt_id: EXPERIMENT, run_id: 'logged' };
  await federation.driver.models.create(ids);
  await federation.driver.validations.create(ids);
  const sent = await eventually('all processes in Graylog', () => {
    const messages = graylog.messages();
    return new Set(messages.map(({ host }) => host)).size === 5 && messages;
  });
  const logs = [federation.log('director'), federation.log('ttp-0')].flatMap((log) => log.split('\n'));
  const { adminToken, url } = federation.director;
  return {
    sent,
    texts: [...logs, ...sent.map((message) => JSON.stringify(message))],
    secrets: [adminToken, ...federation.tokens],
    places: [
      federation.directory,
      hostname(),
      '127.0.0.1',
      'localhost',
      new URL(url).port,
      String(graylog.port),
    ],
  };
}

describe.runIf(hasRsyslog())('the logs of a cluster', () => {
  it("hold no secret; Graylog gets each role's records", async () => {
    const { sent, texts, secrets } = await runWith([]);
    expect(secrets).toHaveLength(4);
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(new Set(sent.map(({ _role: role }) => role))).toEqual(
      new Set(['director', 'ttp', 'worker', 'sysmetrics']),
    );
    expect(sent.find(({ short_message: message }) => message === 'round completed')).toMatchObject({
      host: 'ttp-0',
      _run: 'logged',
      _collab: IDS.collab_id,
      _round: expect.any(Number) as number,
      _job: expect.any(String) as string,
    });
  }, 180_000);

  it('censored hold no participant, host, port or path', async () => {
    const { texts, secrets, places } = await runWith(['--censored', '--censor', IDS.collab_id]);
    for (const word of [...secrets, ...places, ...islands, IDS.collab_id])
      expect(
        texts.filter((text) => holds(text, word)),
        word,
      ).toEqual([]);
  }, 180_000);
});
