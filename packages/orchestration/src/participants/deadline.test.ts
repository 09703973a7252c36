import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createAnswerTimes, overdueSignal } from './deadline.js';

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
  expect(after({ a: 10, b: 20 }).deadlineMs('a')).toBe(60_000);
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

it('a participant that has not answered has at least five minutes once enough others have', () => {
  const answers = createAnswerTimes(null, { enough: 2 });
  answers.add('a', 10);
  expect(answers.deadlineMs('mute')).toBe(HOUR);
  expect(answers.deadlineMs('a')).toBe(60_000);
  answers.add('b', 20);
  expect(answers.deadlineMs('mute')).toBe(300_000);
  answers.add('b', 40_000);
  expect(answers.deadlineMs('mute')).toBe(400_000);
});

it('a participant with more rows than the others has more time for its first answer', () => {
  const rows = new Map(Object.entries({ a: 100, b: 100, large: 500, small: 1 }));
  const answers = createAnswerTimes(null, { rows });
  answers.add('a', 60_000);
  expect(answers.deadlineMs('large')).toBe(3_000_000);
  expect(answers.deadlineMs('small')).toBe(600_000);
});

it('a deadline that is given fits a timer', () => {
  expect(createAnswerTimes(30 * 86_400).deadlineMs('a')).toBe(2 ** 31 - 1);
});

it('a task is overdue as soon as answers of others shorten its deadline below the time it has taken', async () => {
  const limits = { longestMs: HOUR, shortestFirstMs: 20, shortestMs: 20 };
  const answers = createAnswerTimes(null, { limits });
  const { signal, stop } = overdueSignal(answers, 'mute', (ms) => new Error(`over after ${ms} ms`));
  const aborted = once(signal, 'abort');
  answers.add('a', 1);
  await aborted;
  expect(signal.reason).toMatchObject({ message: 'over after 20 ms' });
  stop();
  const other = overdueSignal(answers, 'mute', () => new Error('over'));
  other.stop();
  await delay(30);
  expect(other.signal.aborted).toBe(false);
});
