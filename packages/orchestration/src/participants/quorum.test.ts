import { expect, it } from 'vitest';
import { quorum } from './quorum.js';

it('a quorum is what was asked for, never more than the cohort; else half of it and more than one', () => {
  expect([quorum(5, null), quorum(4, null), quorum(2, null), quorum(1, null)]).toEqual([3, 2, 2, 1]);
  expect([quorum(5, 2), quorum(3, 10), quorum(2, 1)]).toEqual([2, 3, 1]);
});
