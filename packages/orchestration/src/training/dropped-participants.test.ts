import { expect, it } from 'vitest';
import { DroppedParticipants } from './dropped-participants.js';

it('names the participants that were dropped from a round and did not return to it', async () => {
  const events: string[] = [];
  const drops = new DroppedParticipants(async (type) => void events.push(type));
  const why = { code: 'absent', reason: 'away' };
  for (const participant of ['c', 'b', 'c', 'a']) await drops.add(1, { participant, ...why });
  await drops.add(2, { participant: 'b', ...why });
  const namesOf = (round: number, ...trained: string[]) =>
    drops.take(round, new Map(trained.map((name) => [name, 0]))).map(({ participant }) => participant);
  expect(namesOf(1, 'a')).toEqual(['b', 'c']);
  expect(namesOf(1)).toEqual([]);
  // Of an update to an older model, in an asynchronous run.
  await drops.add(1, { participant: 'd', ...why });
  expect(drops.take(2, new Map([['b', 0]]))).toEqual([{ participant: 'd', ...why }]);
  expect(events).toEqual(Array.from({ length: 6 }, () => 'participant_dropped'));
});
