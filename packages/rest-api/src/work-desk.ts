import { isDeepStrictEqual } from 'node:util';
import type { IdempotencyKeys, RecordKey, RecordStore } from '@synergos/artifacts';
import type { Job, JobIds, JobQueue } from '@synergos/scaling';
import { ApiError } from './errors.js';
import { digestOf } from './idempotency.js';
import { restrictTo } from './records.js';
import type { ApiRequest } from './route.js';

export interface Work {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Submits the work of requests as jobs. */
export interface WorkDesk {
  readonly queue: JobQueue;
  /**
   * Returns the jobs of the work. A queued or running job for the same work is joined; a repeated request with the same
   * `Idempotency-Key` returns the jobs of the first one, in any state.
   */
  submit(request: Pick<ApiRequest, 'idempotency'>, work: readonly Work[]): Promise<readonly Job[]>;
}

/** Kinds of jobs that produce the inputs of a kind: after such a job, the same work has another result. */
const inputsOf: Readonly<Record<string, readonly string[]>> = {
  train: ['align'],
  optimize: ['align'],
  validate: ['align', 'train'],
  predict: ['align', 'train'],
};

export function createWorkDesk({
  queue,
  records,
  keys,
}: {
  readonly queue: JobQueue;
  readonly records: RecordStore;
  readonly keys: IdempotencyKeys;
}): WorkDesk {
  let turn: Promise<unknown> = Promise.resolve();

  return {
    queue,
    submit(request, work) {
      // Requests are handled one at a time: two simultaneous requests for the same work share its jobs.
      const submitted = turn.then(() => submit(request, work));
      turn = submitted.catch(() => undefined);
      return submitted;
    },
  };

  async function submit(
    { idempotency }: Pick<ApiRequest, 'idempotency'>,
    work: readonly Work[],
  ): Promise<readonly Job[]> {
    if (idempotency === undefined) return joinOrSubmit(work);
    const { key, request } = idempotency;
    const known = await keys.find(key);
    if (known === undefined) {
      const jobs = await joinOrSubmit(work);
      await keys.keep(key, { request, jobs: jobs.map(({ id }) => id) });
      return jobs;
    }
    if (known.request !== request)
      throw new ApiError(422, `Idempotency-Key '${key}' was given to another request; choose a new one`, [
        { path: 'Idempotency-Key', message: 'expected a key that no other request had' },
      ]);
    return (await Promise.all(known.jobs.map((id) => queue.get(id)))).filter((job) => job !== undefined);
  }

  async function joinOrSubmit(work: readonly Work[]): Promise<readonly Job[]> {
    const jobs: Job[] = [];
    // The other jobs wait for the alignment.
    const first = () => (work[0]?.kind === 'align' ? jobs[0]?.id : undefined);
    const open = await openJobs(work);
    for (const { kind, payload } of work) {
      const after = first();
      const revised = { ...payload, revision: await revisionOf(kind, payload) };
      const same = open.find(
        (job, index) =>
          isSame(job, kind, revised) &&
          (after === undefined || job.after === after) &&
          !open.slice(index + 1).some((later) => makesInputOf(later, job)),
      );
      jobs.push(same ?? (await queue.submit(kind, revised, after === undefined ? {} : { after })));
    }
    return jobs;
  }

  /** Jobs that are queued or running in the collaborations of the work, oldest first. */
  async function openJobs(work: readonly Work[]): Promise<readonly Job[]> {
    const collab_id = work[0]?.payload.collab_id;
    if (collab_id === undefined) return [];
    return queue.list({ states: ['queued', 'running'], of: { collab_id } as JobIds });
  }

  /** Digest of the stored inputs of the work: a changed run or tags make it different work. */
  async function revisionOf(kind: string, payload: Work['payload']): Promise<string> {
    const key = payload as RecordKey;
    const tags = await records.list('Tag', restrictTo('Project', key));
    const run = kind === 'train' ? await records.get('Run', key) : undefined;
    return digestOf([tags.map((tag) => [tag.key, tag.body]), run?.body]);
  }
}

/** Ignores whether an optimization aligns first. */
function isSame(job: Job, kind: string, payload: Work['payload']): boolean {
  const { align: _one, ...mine } = JSON.parse(JSON.stringify(payload)) as Record<string, unknown>;
  const { align: _other, ...its } = job.payload;
  return job.kind === kind && isDeepStrictEqual(its, mine);
}

function makesInputOf(later: Job, { kind, payload }: Job): boolean {
  if (inputsOf[kind]?.includes(later.kind) !== true) return false;
  const ids = ['project_id', 'expt_id', 'run_id'] as const;
  return ids.every((id) => {
    const [one, other] = [later.payload[id], payload[id]];
    return one === undefined || other === undefined || one === other;
  });
}
