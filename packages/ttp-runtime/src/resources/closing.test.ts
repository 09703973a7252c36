import { expect, it } from 'vitest';
import { createClosing, openOrClose } from './closing.js';

it('closes in reverse order, each once', async () => {
  const closed: string[] = [];
  const closing = createClosing();
  for (const name of ['first', 'second']) closing.add(() => void closed.push(name));
  await closing.close();
  await closing.close();
  expect(closed).toEqual(['second', 'first']);
});

it('closes what a failed start has opened, and keeps its error', async () => {
  const closed: string[] = [];
  const start = openOrClose(async (closing) => {
    closing.add(() => void closed.push('database'));
    throw new Error('the port is taken');
  });
  await expect(start).rejects.toThrow('the port is taken');
  expect(closed).toEqual(['database']);
});
