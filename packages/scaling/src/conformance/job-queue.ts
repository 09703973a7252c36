import assert from 'node:assert/strict';
import type { JobEvent } from '../job.js';
import type { JobContext, JobQueue } from '../queue.js';
import type { Behaviour } from './job-store.js';

/** Opens a new queue over the jobs of the one before. The caller closes those left open. */
export type OpenQueue = () => Promise<JobQueue>;

/** Behaviours of a `JobQueue`; each check gets an empty store of jobs. */
export const jobQueueBehaviours: readonly Behaviour<OpenQueue>[] = [
  {
    behaviour: 'runs a job by the handler of its kind with its payload',
    async check(open) {
      const queue = await open();
      await queue.start({ double: async ({ job }) => ({ value: Number(job.payload['value']) * 2 }) });
      const { id, state } = await queue.submit('double', { value: 21 });
      assert.equal(state, 'queued');
      const job = await queue.wait(id);
      assert.deepEqual(
        { state: job.state, result: job.result, error: job.error, attempts: job.attempts },
        { state: 'completed', result: { value: 42 }, error: null, attempts: 1 },
      );
      assert.ok(job.startedAt !== null && job.finishedAt !== null);
      assert.deepEqual(await queue.get(id), job);
    },
  },
  {
    behaviour: 'runs jobs in the order of their submission, also those submitted before the start',
    async check(open) {
      const queue = await open();
      const done: unknown[] = [];
      const ids = [(await queue.submit('note', { at: 0 })).id, (await queue.submit('note', { at: 1 })).id];
      await queue.start({ note: async ({ job }) => void done.push(job.payload['at']) });
      for (let at = 2; at < 20; at++) ids.push((await queue.submit('note', { at })).id);
      for (const id of ids) await queue.wait(id);
      assert.deepEqual(
        done,
        ids.map((_, at) => at),
      );
      assert.deepEqual(
        (await queue.list()).map(({ id }) => id),
        ids,
      );
    },
  },
  {
    behaviour: 'fails a job with the code and the message of the thrown error',
    async check(open) {
      const queue = await open();
      await queue.start({
        coded: () => Promise.reject(Object.assign(new Error('too few updates'), { code: 'quorum_missed' })),
        plain: () => Promise.reject(new Error('boom')),
      });
      const coded = await queue.wait((await queue.submit('coded', {})).id);
      assert.equal(coded.state, 'failed');
      assert.deepEqual(coded.error, { code: 'quorum_missed', message: 'too few updates' });
      const plain = await queue.wait((await queue.submit('plain', {})).id);
      assert.deepEqual(plain.error, { code: 'internal', message: 'boom' });
    },
  },
  {
    behaviour: 'fails a job of an unknown kind, and runs the next one',
    async check(open) {
      const queue = await open();
      await queue.start({ known: async () => null });
      const unknown = await queue.submit('unknown', {});
      const known = await queue.submit('known', {});
      assert.equal((await queue.wait(known.id)).state, 'completed');
      const { state, error } = await queue.wait(unknown.id);
      assert.equal(state, 'failed');
      assert.equal(error?.code, 'unknown_kind');
      assert.match(error.message, /unknown/);
    },
  },
  {
    behaviour: 'starts a job that comes after another when that one is completed',
    async check(open) {
      const queue = await open();
      const done: unknown[] = [];
      const first = await queue.submit('first', {});
      const second = await queue.submit('second', {}, { after: first.id });
      const third = await queue.submit('third', {}, { after: second.id });
      const note = async ({ job }: JobContext) => void done.push(job.kind);
      await queue.start({ first: note, second: note, third: note });
      assert.equal((await queue.wait(third.id)).state, 'completed');
      assert.deepEqual(done, ['first', 'second', 'third']);
      const late = await queue.submit('first', {}, { after: third.id });
      assert.equal((await queue.wait(late.id)).state, 'completed');
    },
  },
  {
    behaviour: 'cancels jobs that come after one that failed, was cancelled or does not exist',
    async check(open) {
      const queue = await open();
      const done: unknown[] = [];
      const failing = await queue.submit('failing', {});
      const after = await queue.submit('note', {}, { after: failing.id });
      const further = await queue.submit('note', {}, { after: after.id });
      const dropped = await queue.submit('note', {});
      const afterDropped = await queue.submit('note', {}, { after: dropped.id });
      const afterNone = await queue.submit('note', {}, { after: 'nobody' });
      await queue.cancel(dropped.id);
      await queue.start({
        failing: () => Promise.reject(new Error('boom')),
        note: async ({ job }) => void done.push(job.id),
      });
      for (const { id } of [after, further, afterDropped, afterNone])
        assert.equal((await queue.wait(id)).state, 'cancelled');
      assert.deepEqual(done, []);
    },
  },
  {
    behaviour: 'never runs a queued job that was cancelled',
    async check(open) {
      const queue = await open();
      const done: string[] = [];
      const first = await queue.submit('note', {});
      const second = await queue.submit('note', {});
      assert.equal((await queue.cancel(first.id))?.state, 'cancelled');
      await queue.start({ note: async ({ job }) => void done.push(job.id) });
      await queue.wait(second.id);
      assert.deepEqual(done, [second.id]);
      assert.equal((await queue.wait(first.id)).state, 'cancelled');
    },
  },
  {
    behaviour:
      'aborts the signal of a running job that is cancelled, with JobCancelled; the job ends cancelled',
    async check(open) {
      const queue = await open();
      const { handler, started, reason } = untilAborted();
      await queue.start({ long: handler });
      const { id } = await queue.submit('long', {});
      await started;
      const job = await queue.cancel(id);
      assert.equal((await reason).code, 'job_cancelled');
      assert.equal(job?.state, 'cancelled');
      assert.ok(job.finishedAt !== null);
      assert.equal((await queue.cancel(id))?.state, 'cancelled');
    },
  },
  {
    behaviour: 'does not change a job that is over when it is cancelled; an unknown one is undefined',
    async check(open) {
      const queue = await open();
      await queue.start({ known: async () => 'result' });
      const job = await queue.wait((await queue.submit('known', {})).id);
      assert.deepEqual(await queue.cancel(job.id), job);
      assert.equal(await queue.cancel('nobody'), undefined);
    },
  },
  {
    behaviour: 'streams events live and ends the stream with the job',
    async check(open) {
      const queue = await open();
      let goOn = () => {};
      const asked = new Promise<void>((resolve) => (goOn = resolve));
      await queue.start({
        rounds: async ({ emit }) => {
          await emit('resumed', { round: 1 });
          await asked;
          await emit('resumed', { round: 2 });
        },
      });
      const { id } = await queue.submit('rounds', {});
      const seen: JobEvent[] = [];
      for await (const event of queue.events(id)) {
        seen.push(event);
        if (event.type === 'resumed') goOn();
      }
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['queued', 'started', 'resumed', 'resumed', 'completed'],
      );
      assert.deepEqual(
        seen.map(({ sequence }) => sequence),
        [1, 2, 3, 4, 5],
      );
      assert.deepEqual(seen[3]?.data, { round: 2 });
    },
  },
  {
    behaviour: 'resumes events after a sequence number, also of a job that is over',
    async check(open) {
      const queue = await open();
      await queue.start({ fails: () => Promise.reject(new Error('boom')) });
      const { id } = await queue.submit('fails', {});
      await queue.wait(id);
      const rest: JobEvent[] = [];
      for await (const event of queue.events(id, { after: 2 })) rest.push(event);
      assert.deepEqual(
        rest.map(({ type, data }) => ({ type, data })),
        [{ type: 'failed', data: { code: 'internal', message: 'boom' } }],
      );
    },
  },
  {
    behaviour: 'stops waits and event streams when their signal aborts',
    async check(open) {
      const queue = await open();
      const { id } = await queue.submit('never started', {});
      await assert.rejects(queue.wait(id, { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
      const seen: string[] = [];
      for await (const { type } of queue.events(id, { signal: AbortSignal.timeout(20) })) seen.push(type);
      assert.deepEqual(seen, ['queued']);
    },
  },
  {
    behaviour: 'rejects a wait for an unknown job',
    async check(open) {
      const queue = await open();
      await assert.rejects(queue.wait('nobody'), { code: 'unknown_job' });
    },
  },
  {
    behaviour: 'aborts the running job on close, and the next queue resumes it before queued ones',
    async check(open) {
      const first = await open();
      const { handler, started, reason } = untilAborted();
      await first.start({ long: handler });
      const under = await first.submit('long', { part: 1 });
      const queued = await first.submit('long', { part: 2 });
      await started;
      await first.close();
      assert.equal((await reason).code, 'queue_closed');

      const second = await open();
      assert.equal((await second.get(under.id))?.state, 'running');
      assert.equal((await second.get(queued.id))?.state, 'queued');
      const order: unknown[] = [];
      await second.start({ long: async ({ job }) => void order.push([job.payload['part'], job.attempts]) });
      await second.wait(queued.id);
      assert.deepEqual(order, [
        [1, 2],
        [2, 1],
      ]);
      assert.equal((await second.wait(under.id)).state, 'completed');
    },
  },
  {
    behaviour: 'rejects pending waits and new jobs when it is closed',
    async check(open) {
      const queue = await open();
      const { id } = await queue.submit('never started', {});
      const waiting = assert.rejects(queue.wait(id), { code: 'queue_closed' });
      const reading = collect(queue.events(id));
      await queue.close();
      await waiting;
      assert.deepEqual(
        (await reading).map(({ type }) => type),
        ['queued'],
      );
      await assert.rejects(queue.submit('any', {}), { code: 'queue_closed' });
    },
  },
];

/** A handler that runs until its signal aborts. */
function untilAborted() {
  let start = () => {};
  let abort = (_reason: { readonly code: string }) => {};
  const started = new Promise<void>((resolve) => (start = resolve));
  const reason = new Promise<{ readonly code: string }>((resolve) => (abort = resolve));
  const handler = ({ signal }: JobContext) =>
    new Promise<never>((_, reject) => {
      const stop = () => {
        abort(signal.reason as { readonly code: string });
        reject(new Error('stopped'));
      };
      signal.addEventListener('abort', stop, { once: true });
      start();
    });
  return { handler, started, reason };
}

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
