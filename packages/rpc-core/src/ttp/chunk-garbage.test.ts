import { expect, it } from 'vitest';
import { countingChunks } from './chunk-garbage.js';

it('calls collect after every eight megabytes of chunks', () => {
  let calls = 0;
  const chunkDone = countingChunks(() => (calls += 1));
  for (let at = 0; at < 4096; at++) chunkDone(65_536);
  expect(calls).toBe(32);
});
