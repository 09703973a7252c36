import { expect, it } from 'vitest';
import { createAnswerTimes } from './deadline.js';

const HOUR = 3_600_000;
const after = (times: Readonly<Record<string, number>>, asked?: number) => {
  const answers = createAnswerTimes(asked);
  for (const [participant, milliseconds] of Object.entries(times)) answers.add(participant, milliseconds);
  return answers;
};

it('a deadline is as asked for', () => {
  expect(after({ a: 90_000 }, 5).deadlineMs('a')).toBe(5000);
});

it('a deadline is an hour at first, then ten times the median of the last answers, at least a minute', () => {
  expect(after({}).deadlineMs('a')).toBe(HOUR);
  expect(after({ a: 10, b: 20 }).deadlineMs('c')).toBe(60_000);
  expect(after({ a: 10_000, b: 20_000, c: 3_000_000 }).deadlineMs('a')).toBe(200_000);
});

it('a participant has twice the time of its own last answer', () => {
  expect(after({ a: 1000, b: 1000, slow: 400_000 }).deadlineMs('slow')).toBe(800_000);
});

it('a deadline never exceeds an hour, however late answers are', () => {
  const answers = createAnswerTimes();
  for (let round = 0; round < 5; round++) {
    for (const name of ['a', 'b']) answers.add(name, answers.deadlineMs(name) - 1);
    expect(answers.deadlineMs('a')).toBe(HOUR);
  }
});
