import { expect, it } from 'vitest';
import { parseDuration } from './duration.js';

it.each([
  ['1h', 3_600_000],
  ['1h 30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['2d12h', 216_000_000],
  ['90S', 90_000],
  ['1w', 604_800_000],
  ['90min', 5_400_000],
  ['30d', 2_592_000_000],
  ['', undefined],
  ['1', undefined],
  ['an hour', undefined],
  ['1h and more', undefined],
  ['-1h', undefined],
  ['9'.repeat(400) + 'h', undefined],
])('parses %j to %j ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
