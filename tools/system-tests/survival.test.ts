import { setTimeout as delay } from 'node:timers/promises';
import type { JobEvent } from '@synergos/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Federation } from './federation.js';

const federation = new Federation();
let undisturbed: Float32Array;

beforeAll(async () => {
  await federation.start();
  await federation.createRun('undisturbed');
  await federation.train('undisturbed');
  undisturbed = await federation.weights('undisturbed');
});
afterAll(() => federation.close());

describe('a disturbed training', () => {
  it('ends with the undisturbed model if a worker is killed during a round and restarted', async () => {
    await federation.createRun('worker-killed');
    let killed: Promise<void> | undefined;
    await federation.train('worker-killed', ({ type, round }) => {
      if (type !== 'round_started' || round !== 3 || killed !== undefined) return;
      killed = delay(50)
        .then(() => federation.killWorker('dream'))
        .then(() => federation.startWorker('dream'));
    });
    await killed;
    expect(killed).toBeDefined();
    expect(await federation.weights('worker-killed')).toEqual(undisturbed);
  });

  it('ends with the undisturbed model if the TTP is killed during a round and restarted', async () => {
    await federation.createRun('ttp-killed');
    let killed: Promise<void> | undefined;
    const events: string[] = [];
    await federation.train('ttp-killed', ({ type, round }) => {
      events.push(`${type} ${String(round)}`);
      if (type !== 'round_started' || round !== 4 || killed !== undefined) return;
      killed = delay(60).then(() => federation.restartTtp());
    });
    await killed;
    expect(events).toContain('resumed 3');
    expect(await federation.weights('ttp-killed')).toEqual(undisturbed);
  });
});

it('another seed trains another model', async () => {
  await federation.createRun('other-seed', { seed: 8 });
  await federation.train('other-seed');
  expect(await federation.weights('other-seed')).not.toEqual(undisturbed);
});

it('a hanging worker is left out at the deadline, and takes part again when it is back', async () => {
  const rounds = 30;
  await federation.createRun('hanging', { rounds, epochs: 2, round_deadline: 2, min_updates: 2 });
  const dropped: JobEvent[] = [];
  const received: string[] = [];
  await federation.train('hanging', (event) => {
    const { type, round, participant } = event;
    if (type === 'round_started' && round === 2) federation.workers.get('dream')?.kill('SIGSTOP');
    if (type === 'update_received') received.push(`${String(participant)} ${String(round)}`);
    if (type !== 'participant_dropped') return;
    dropped.push(event);
    federation.workers.get('dream')?.kill('SIGCONT');
  });
  for (const one of dropped) expect(one).toMatchObject({ participant: 'dream', code: 'deadline' });
  // Its second update may already be on its way.
  const round = Number(dropped[0]?.round);
  expect([2, 3]).toContain(round);
  expect(received).toContain('dream 1');
  expect(received).not.toContain(`dream ${round}`);
  // It gets no task until it has answered its overdue one, some rounds later.
  expect(dropped.length).toBeLessThan(rounds / 2);
  expect(received).toContain(`dream ${rounds}`);
});
