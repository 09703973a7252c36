import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, EXPERIMENT, Federation, IDS } from './federation.js';
import { statusesTold } from './tracked-files.js';

const plugin = ['--plugin', fileURLToPath(new URL('fixtures/kills-ttp.mjs', import.meta.url))];
const federation = new Federation();
beforeAll(() => federation.start({ ttp: plugin, worker: plugin }), 60_000);
afterAll(() => federation.close());

it('a job that crashes the TTP at every start fails after five crashes, and the next one runs', async () => {
  const short = { rounds: 2, epochs: 1, cohort: ['dream'] };
  await federation.createRun('fatal', { ...short, algorithm: 'KillsTtp' });
  await federation.createRun('harmless', short);
  const start = (run_id: string) => federation.driver.models.start({ ...IDS, expt_id: EXPERIMENT, run_id });
  const fatal = (await start('fatal')).at(-1) ?? '';
  for (let deaths = 1; deaths <= 5; deaths++) {
    const { process } = federation.basic;
    if (process.signalCode === null) await once(process, 'exit', { signal: AbortSignal.timeout(60_000) });
    expect(process.signalCode).toBe('SIGKILL');
    await federation.restartTtp();
    // A new worker dials at once; the reconnection pauses of the old one would increase.
    await federation.killWorker('dream');
    federation.startWorker('dream', plugin);
  }
  const harmless = (await start('harmless')).at(-1) ?? '';
  const ended = (job_id: string) =>
    federation.driver.jobs.wait({ job_id }, { signal: AbortSignal.timeout(60_000) });
  await expect(ended(fatal)).rejects.toMatchObject({
    code: 'given_up',
    message: 'failed after 5 crashes without progress',
  });
  expect(await federation.driver.jobs.read({ job_id: fatal })).toMatchObject({
    state: 'failed',
    attempts: 5,
    error: { code: 'given_up' },
  });
  expect(await ended(harmless)).toMatchObject({ state: 'completed', attempts: 1 });
  expect(federation.basic.process.exitCode).toBeNull();
  // It is FAILED in MLflow, too.
  const mlflow = join(federation.directory, 'ttp', 'data', 'mlflow');
  await eventually('it has failed', () => statusesTold(mlflow, 'fatal').join() === '4');
}, 240_000);
