import type { TypedEvent } from '@synergos/contract/events';
import { expect, it } from 'vitest';
import { createRoundMetrics } from './round-metrics.js';

const metrics = (participants: readonly string[] = ['a', 'b']) => {
  const { take } = createRoundMetrics({ scoreName: 'accuracy', participants, startedMs: 11, now: () => 77 });
  return { take: (type: TypedEvent['type'], data: object) => take({ type, data } as TypedEvent) };
};
const update = (participant: string, loss: number, more: object = {}) => ({
  round: 1,
  participant,
  samples: 10,
  steps: 5,
  loss,
  seconds: 2,
  bytes: 100,
  ...more,
});

it('a completed round has metrics of all participants together and of each one', () => {
  const { take } = metrics();
  expect(take('round_started', { round: 1, cohort: ['a', 'b', 'c'], attempt: 1 })).toBeUndefined();
  take('update_received', update('a', 1));
  take('update_received', update('b', 3, { bytes: 50 }));
  take('participant_dropped', { round: 1, participant: 'c', code: 'absent', reason: '' });
  const entry = take('round_completed', { round: 1, rounds: 2, updates: 2, seconds: 4.5 });
  expect(entry?.key).toBe('round:1');
  const reported = entry?.batch.metrics ?? [];
  expect(new Set(reported.map(({ step, timestampMs }) => `${step} ${timestampMs}`))).toEqual(
    new Set(['1 77']),
  );
  expect(Object.fromEntries(reported.map(({ key, value }) => [key, value]))).toEqual({
    'train/loss': 2,
    'round/seconds': 4.5,
    'round/updates': 2,
    'round/dropped': 1,
    'round/received_bytes': 150,
    'participants/a/train_loss': 1,
    'participants/a/samples': 10,
    'participants/a/seconds': 2,
    'participants/a/bytes': 100,
    'participants/a/dropped': 0,
    'participants/b/train_loss': 3,
    'participants/b/samples': 10,
    'participants/b/seconds': 2,
    'participants/b/bytes': 50,
    'participants/b/dropped': 0,
  });
});

it('a mean is bit-identical for any order of updates', () => {
  const losses = { a: 0.1, b: 0.2, c: 0.3 };
  const meanOf = (order: readonly ('a' | 'b' | 'c')[]) => {
    const { take } = metrics();
    for (const name of order) take('update_received', update(name, losses[name]));
    const reported = take('round_completed', { round: 1, updates: 3, seconds: 1 })?.batch.metrics ?? [];
    return reported.find(({ key }) => key === 'train/loss')?.value;
  };
  expect(meanOf(['c', 'b', 'a'])).toBe(meanOf(['a', 'b', 'c']));
});

it('an evaluation without a loss has no loss metric', () => {
  const { take } = metrics();
  const participants = { a: { samples: 2, loss: null, score: null } };
  const entry = take('metric', { round: 1, samples: 2, loss: null, score: null, participants });
  expect(entry).toEqual({ key: 'evaluation:1', batch: { metrics: [] } });
});

it('a repeated round counts only the updates of its last attempt', () => {
  const { take } = metrics();
  take('round_started', { round: 1, cohort: ['a', 'b'], attempt: 1 });
  take('update_received', update('a', 9));
  take('participant_dropped', { round: 1, participant: 'b' });
  take('round_started', { round: 1, cohort: ['a', 'b'], attempt: 2 });
  take('update_received', update('b', 1));
  take('participant_dropped', { round: 1, participant: 'a' });
  // It connected again within the round.
  take('update_received', update('a', 3));
  const reported = take('round_completed', { round: 1, updates: 2, seconds: 1 })?.batch.metrics ?? [];
  const valueOf = (key: string) => reported.find((metric) => metric.key === key)?.value;
  expect([valueOf('train/loss'), valueOf('round/updates'), valueOf('round/dropped')]).toEqual([2, 2, 0]);
});

it("metrics have the end time of their model's round, independent of the time of the report", () => {
  const { take } = metrics();
  const timeOf = (type: TypedEvent['type'], data: object) =>
    new Set(take(type, data)?.batch.metrics?.map(({ timestampMs }) => timestampMs));
  const measured = (round: number) => ({
    round,
    samples: 2,
    loss: 1,
    score: 0.5,
    participants: { a: { samples: 2, loss: 1, score: 0.5 } },
  });
  const completed = (round: number) => ({
    round,
    updates: 1,
    seconds: 1,
    completed_at: new Date(1000 * round).toISOString(),
  });
  expect(timeOf('metric', measured(0))).toEqual(new Set([11]));
  take('update_received', update('a', 1));
  expect(timeOf('round_completed', completed(1))).toEqual(new Set([1000]));
  expect(timeOf('metric', measured(1))).toEqual(new Set([1000]));
  // An asynchronous training measures it later.
  expect(timeOf('round_completed', completed(2))).toEqual(new Set([2000]));
  expect(timeOf('metric', measured(1))).toEqual(new Set([77]));
});

it('updates of an interrupted round do not count when it is repeated', () => {
  const { take } = metrics();
  take('update_received', update('a', 9));
  take('resumed', { round: 0 });
  take('update_received', update('b', 1));
  const reported = take('round_completed', { round: 1, updates: 1, seconds: 1 })?.batch.metrics ?? [];
  expect(reported.find(({ key }) => key === 'train/loss')?.value).toBe(1);
});

it('a measurement has loss and score, and omits unknown values', () => {
  const participants = {
    a: { samples: 1, loss: 0.5, score: 1 },
    b: { samples: 1, loss: 1.5, score: null },
  };
  const entry = metrics().take('metric', { round: 0, samples: 2, loss: 1, score: null, participants });
  expect(entry?.key).toBe('evaluation:0');
  expect(entry?.batch.metrics?.map(({ key, value, step }) => [key, value, step])).toEqual([
    ['evaluate/loss', 1, 0],
    ['participants/a/evaluate_loss', 0.5, 0],
    ['participants/a/accuracy', 1, 0],
    ['participants/b/evaluate_loss', 1.5, 0],
  ]);
});

it('only the first hundred of many participants have their own metrics, but all count', () => {
  const names = Array.from({ length: 150 }, (_, index) => `p${String(index).padStart(3, '0')}`);
  const { take } = metrics(names);
  for (const name of names) take('update_received', update(name, 1));
  const reported = take('round_completed', { round: 1, updates: 150, seconds: 1 })?.batch.metrics ?? [];
  expect(reported.find(({ key }) => key === 'round/updates')?.value).toBe(150);
  expect(reported.filter(({ key }) => key.endsWith('/train_loss'))).toHaveLength(100);
});

it('other events have no metrics', () => {
  expect(metrics().take('stopped_early', { round: 3 })).toBeUndefined();
});
