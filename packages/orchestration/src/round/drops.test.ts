import type { JobContext } from '@synergos/scaling';
import { expect, it } from 'vitest';
import { watchDrops } from './drops.js';

it('tells who was dropped from a round and did not come back to it', async () => {
  const events: string[] = [];
  const drops = watchDrops({ emit: async (type: string) => void events.push(type) } as unknown as JobContext);
  const { emit } = drops.context;
  for (const participant of ['c', 'b', 'c', 'a'])
    await emit('participant_dropped', { round: 1, participant });
  await emit('participant_dropped', { round: 2, participant: 'b' });
  await emit('update_received', { round: 1, participant: 'x' });
  expect(drops.of(1, new Map([['a', 0]]))).toEqual(['b', 'c']);
  expect(drops.of(1, new Map())).toEqual([]);
  expect(drops.of(2, new Map())).toEqual(['b']);
  expect(events).toHaveLength(6);
});
