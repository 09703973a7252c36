import type { JobContext } from '@synergos/scaling';
import { expect, it } from 'vitest';
import { watchDrops } from './dropped-participants.js';

it('names the participants that were dropped from a round and did not return to it', async () => {
  const events: string[] = [];
  const drops = watchDrops({ emit: async (type: string) => void events.push(type) } as unknown as JobContext);
  const { emit } = drops.context;
  for (const participant of ['c', 'b', 'c', 'a'])
    await emit('participant_dropped', { round: 1, participant });
  await emit('participant_dropped', { round: 2, participant: 'b' });
  await emit('update_received', { round: 1, participant: 'x' });
  const namesOf = (round: number, ...trained: string[]) =>
    drops.of(round, new Map(trained.map((name) => [name, 0]))).map(({ participant }) => participant);
  expect(namesOf(1, 'a')).toEqual(['b', 'c']);
  expect(namesOf(1)).toEqual([]);
  // Of an update to an older model, in an asynchronous run.
  await emit('participant_dropped', { round: 1, participant: 'd', code: 'absent', reason: 'away' });
  expect(drops.of(2, new Map([['b', 0]]))).toEqual([{ participant: 'd', code: 'absent', reason: 'away' }]);
  expect(events).toHaveLength(7);
});
