import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, Federation } from './federation.js';

const healthFile = join(tmpdir(), `synergos-health-${process.pid}`);
const federation = new Federation();
beforeAll(() => federation.start({ worker: ['--health-file', healthFile] }), 60_000);
afterAll(() => federation.close());

it('the TTP reports to any caller that it is healthy and ready', async () => {
  for (const path of ['/healthz', '/readyz'])
    expect((await fetch(federation.basic.url + path)).status).toBe(200);
});

it('a connected worker touches its health file', async () => {
  const { mtimeMs } = await eventually('a health file', () =>
    statSync(healthFile, { throwIfNoEntry: false }),
  );
  expect(Date.now() - mtimeMs).toBeLessThan(60_000);
});

it('the TTP counts its workers and shows their hardware', async () => {
  const { url, adminToken } = federation.basic;
  const metrics = () =>
    fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } }).then((answer) =>
      answer.text(),
    );
  await eventually('three workers', async () => (await metrics()).includes('synergos_connected_workers 3'));
  const status = await federation.driver.participants.status({ participant_id: 'dream' });
  expect(status).toMatchObject({ connected: true, software: expect.stringMatching(/^@synergos\/worker@/) });
});

it('the TTP counts rounds, their time, and transferred bytes', async () => {
  await federation.createRun('counted', { rounds: 2, epochs: 2 });
  await federation.train('counted');
  const { url, adminToken } = federation.basic;
  const headers = { authorization: `Bearer ${adminToken}` };
  const { length } = await federation.weights('counted');
  // Transfers are reported once per second.
  const figure = await eventually('transfers', async () => {
    const text = await (await fetch(`${url}/metrics`, { headers })).text();
    const of = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    return of('synergos_received_bytes_total') > 6 * 4 * length && of;
  });
  expect(figure('synergos_sent_bytes_total')).toBeGreaterThan(6 * 4 * length);
  expect(figure('synergos_round_seconds_count')).toBe(2);
  expect(figure('synergos_round_seconds_sum')).toBeGreaterThan(0);
  expect(figure('synergos_updates_total')).toBe(6);
});
