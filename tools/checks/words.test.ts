import { expect, it } from 'vitest';
import { countWords, limits, wordsIn } from './words.mjs';

it('finds whole words, in any case', () => {
  expect(wordsIn('What is told goes on. Besides, nobody told her.')).toEqual([
    'told',
    'goes on',
    'nobody',
    'told',
  ]);
});

it('no file holds more replaced words than before; see docs/contributing/writing.md', () => {
  const stored = limits();
  const grown = Object.entries(countWords()).filter(([file, count]) => count > (stored[file] ?? 0));
  expect(grown).toEqual([]);
});
