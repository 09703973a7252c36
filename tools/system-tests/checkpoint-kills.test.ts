import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobEvent } from '@synergos/driver';
import { makeMortal } from './dying.js';
import { eventually, EXPERIMENT, Federation, IDS } from './federation.js';
import { roundsTold } from './tracked-files.js';

const RUN = { rounds: 12, epochs: 2 };
/**
 * The events at which the TTP is killed, in order: a write of a round's vector or of its record; a stored round before
 * any report; a round reported to MLflow only; the end of the last round.
 */
const FATAL = [
  { fatal: 'round-000003.safetensors', resumedAt: 2, temporaries: 1 },
  { fatal: 'round-000005.json', resumedAt: 4, temporaries: 1 },
  { fatal: 'after round-000007.json', resumedAt: 7, temporaries: 0 },
  { fatal: 'kept round:8', resumedAt: 8, temporaries: 0 },
  { fatal: 'after round-000012.json', resumedAt: 11, temporaries: 0 },
  { fatal: 'kept evaluation:12', resumedAt: 11, temporaries: 0 },
];

const federation = new Federation();
const mortal = makeMortal('BASIC', '@synergos/ttp-basic', join(federation.directory, 'die-at'));

beforeAll(() => federation.start({ ttp: ['--give-up-after', '1000'] }), 120_000);
afterAll(() => federation.close());

function temporaries(run: string): string[] {
  const outputs = join(federation.directory, 'ttp/outputs');
  const folder = join(outputs, IDS.collab_id, IDS.project_id, EXPERIMENT, run, 'checkpoints');
  return readdirSync(folder).filter((name) => name.startsWith('.tmp-'));
}

it('a TTP killed during the write of a checkpoint resumes from the previous one, with the same final model', async () => {
  await federation.createRun('undisturbed', RUN);
  await federation.train('undisturbed');
  const expected = await federation.weights('undisturbed');

  await federation.createRun('disturbed', RUN);
  const events: JobEvent[] = [];
  const training = federation.train('disturbed', (event) => void events.push(event));
  // Awaited below; if the training fails first, the wait for the TTP's death ends.
  training.catch(() => undefined);
  for (const { fatal, temporaries: left } of FATAL) {
    mortal.dieAt(fatal);
    const { process: child } = federation.basic;
    await Promise.race([once(child, 'exit'), training]);
    expect(child.signalCode, fatal).toBe('SIGKILL');
    expect(temporaries('disturbed'), fatal).toHaveLength(left);
    mortal.live();
    await federation.restartTtp();
  }
  await training;
  const roundsOf = (type: string) => events.flatMap((event) => (event.type === type ? [event.round] : []));
  expect(roundsOf('resumed')).toEqual(FATAL.map(({ resumedAt }) => resumedAt));
  expect(await federation.weights('disturbed')).toEqual(expected);
  expect(temporaries('disturbed')).toEqual([]);
  // Each round was reported once in every case: to the clients of the job, and to MLflow.
  const rounds = Array.from({ length: RUN.rounds }, (_, index) => index + 1);
  expect(roundsOf('round_completed')).toEqual(rounds);
  expect(roundsOf('metric')).toEqual([0, ...rounds]);
  const data = join(federation.directory, 'ttp', 'data');
  await eventually('all is sent to MLflow', () => readdirSync(join(data, 'tracking')).length === 0);
  const told = (metric: string) => roundsTold(join(data, 'mlflow'), 'disturbed', metric);
  for (const metric of ['train/loss', 'round/seconds', 'participants/dream/samples'])
    expect([metric, told(metric)]).toEqual([metric, rounds]);
  expect(told('evaluate/loss')).toEqual([0, ...rounds]);
}, 300_000);
