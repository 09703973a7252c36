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

it('closes the rest if one part fails, and reports that failure', async () => {
  const closed: string[] = [];
  const closing = createClosing();
  closing.add(() => void closed.push('database'));
  closing.add(() => Promise.reject(new Error('the grid did not end')));
  await expect(closing.close()).rejects.toThrow('the grid did not end');
  expect(closed).toEqual(['database']);
});

it('keeps the error of a failed start if closing fails as well', async () => {
  const start = openOrClose(async (closing) => {
    closing.add(() => Promise.reject(new Error('the grid did not end')));
    throw new Error('the port is taken');
  });
  await expect(start).rejects.toThrow('the port is taken');
});
