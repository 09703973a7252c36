import type { TypedEvent } from '@synergos/contract/events';
import { expect, it } from 'vitest';
import { observed, type JobFollower } from './observers.js';
import type { Job } from './job.js';
import type { JobHandler } from './queue.js';

const training: JobHandler = async ({ emit }) => {
  for (const round of [1, 2]) await emit('stopped_early', { round });
  return 'result';
};

/** Runs a handler with one follower; what was called, in order. */
async function follow(handler: JobHandler, follower: (note: (text: string) => void) => JobFollower) {
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const { train } = observed({ train: handler }, [
    { begin: () => follower(note) },
    { begin: () => undefined },
  ]);
  const context = { job: { id: 'j' } as Job, signal: new AbortController().signal };
  const emit = async (type: string, data: object) => note(`stored ${type} ${JSON.stringify(data)}`);
  const end = await train!({ ...context, emit }).catch((error: unknown) => error);
  return { notes, end };
}
const roundOf = (event: TypedEvent) => (event.type === 'stopped_early' ? event.data.round : 0);

it("keeps the job's error and notifies every follower if one of them fails", async () => {
  const seen: unknown[] = [];
  const fault = new Error('the job failed');
  const { train } = observed({ train: () => Promise.reject(fault) }, [
    { begin: () => ({ failed: () => Promise.reject(new Error('the follower failed')) }) },
    { begin: () => ({ failed: async (error) => void seen.push(error) }) },
  ]);
  const context = { job: { id: 'j' } as Job, signal: new AbortController().signal };
  await expect(train!({ ...context, emit: async () => undefined })).rejects.toBe(fault);
  expect(seen).toEqual([fault]);
});

it('a follower gets each event before and after it is stored, and the result', async () => {
  const { notes, end } = await follow(training, (note) => ({
    beforeEvent: async (event) => (note(`before ${roundOf(event)}`), true),
    afterEvent: (event) => note(`after ${roundOf(event)}`),
    completed: async (result) => note(`completed ${String(result)}`),
  }));
  expect(end).toBe('result');
  expect(notes).toEqual([
    'before 1',
    'stored stopped_early {"round":1}',
    'after 1',
    'before 2',
    'stored stopped_early {"round":2}',
    'after 2',
    'completed result',
  ]);
});

it('an event that a follower refuses is not stored', async () => {
  const { notes } = await follow(training, () => ({ beforeEvent: async (event) => roundOf(event) > 1 }));
  expect(notes).toEqual(['stored stopped_early {"round":2}']);
});

it('a follower gets the error of the attempt, which fails the job', async () => {
  const failing = () => Promise.reject(new Error('no data'));
  const { notes, end } = await follow(failing, (note) => ({
    failed: async (error) => note(String(error)),
  }));
  expect(notes).toEqual(['Error: no data']);
  expect(end).toEqual(new Error('no data'));
});
