import { expect, it } from 'vitest';
import { createTurns } from './turns.js';

it('does one task of a participant at a time, in order, and those of others meanwhile', async () => {
  const turns = createTurns();
  const { signal } = new AbortController();
  const done: string[] = [];
  let end: () => void = () => undefined;
  const first = turns.take('a', signal, () => new Promise<void>((resolve) => (end = resolve)));
  const aborting = new AbortController();
  const second = turns.take('a', aborting.signal, async () => void done.push('second'));
  const third = turns.take('a', signal, async () => void done.push('third'));
  await turns.take('b', signal, async () => void done.push('other'));
  aborting.abort(new Error('no longer wanted'));
  await expect(second).rejects.toThrow('no longer wanted');
  expect(done).toEqual(['other']);
  end();
  await Promise.all([first, third]);
  expect(done).toEqual(['other', 'third']);
});
