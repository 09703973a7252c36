import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobContext } from '@synergos/scaling';
import { expect, it } from 'vitest';
import { createEventLog } from './event-log.js';

function contextOf(emit: JobContext['emit']): JobContext {
  return { job: { id: 'job' } as Job, signal: new AbortController().signal, emit };
}

it('events are written in order, one after another, and emitted without waiting', async () => {
  const written: unknown[] = [];
  let atOnce = 0;
  const log = createEventLog(
    contextOf(async (_type, data) => {
      expect(++atOnce).toBe(1);
      // The first takes longest.
      await delay(10 - written.length);
      atOnce--;
      written.push(data);
    }),
  );
  const rounds = [1, 2, 3, 4];
  for (const round of rounds) await log.context.emit('resumed', { round });
  expect(written).toEqual([]);
  await log.written();
  expect(written).toEqual(rounds.map((round) => ({ round })));
});

it('one that could not be written fails what comes after, and none of those is written', async () => {
  const written: string[] = [];
  const log = createEventLog(
    contextOf(async (type) => {
      if (type === 'completed') throw new Error('no database');
      written.push(type);
    }),
  );
  for (const type of ['interrupted', 'completed', 'cancelled'] as const) await log.context.emit(type, {});
  await expect(log.written()).rejects.toThrow('no database');
  await expect(log.context.emit('interrupted', {})).rejects.toThrow('no database');
  await expect(log.written()).rejects.toThrow('no database');
  expect(written).toEqual(['interrupted']);
});
