import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobContext } from '@synergos/scaling';
import { expect, it } from 'vitest';
import { createEventTrail } from './event-log.js';

function contextOf(emit: JobContext['emit']): JobContext {
  return { job: { id: 'job' } as Job, signal: new AbortController().signal, emit };
}

it('events are written in order, one after another, and emitted without waiting', async () => {
  const written: string[] = [];
  let atOnce = 0;
  const trail = createEventTrail(
    contextOf(async (type) => {
      expect(++atOnce).toBe(1);
      // The first takes longest.
      await delay(10 - written.length);
      atOnce--;
      written.push(type);
    }),
  );
  const types = ['a', 'b', 'c', 'd'];
  for (const type of types) await trail.context.emit(type, {});
  expect(written).toEqual([]);
  await trail.written();
  expect(written).toEqual(types);
});

it('one that could not be written fails what comes after, and none of those is written', async () => {
  const written: string[] = [];
  const trail = createEventTrail(
    contextOf(async (type) => {
      if (type === 'b') throw new Error('no database');
      written.push(type);
    }),
  );
  for (const type of ['a', 'b', 'c']) await trail.context.emit(type, {});
  await expect(trail.written()).rejects.toThrow('no database');
  await expect(trail.context.emit('d', {})).rejects.toThrow('no database');
  await expect(trail.written()).rejects.toThrow('no database');
  expect(written).toEqual(['a']);
});
