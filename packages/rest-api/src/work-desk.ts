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

/** Takes work from requests. */
export interface WorkDesk {
  readonly queue: JobQueue;
  /**
   * The jobs that do the work. A job that is queued or running and does the same is joined; a request that was made
   * before with the same `Idempotency-Key` is answered with its jobs, however they ended.
   */
  submit(request: Pick<ApiRequest, 'idempotency'>, work: readonly Work[]): Promise<readonly Job[]>;
}

/** Kinds of jobs that make what a kind works on: after such a job, the same work has another outcome. */
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
      // One request at a time looks for jobs and submits its own: two that come at once share theirs.
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
    // Without the alignment, the others would work on data that is not aligned.
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

  /** Digest of what users have stored for the work: a change of a run or of tags makes it different work. */
  async function revisionOf(kind: string, payload: Work['payload']): Promise<string> {
    const key = payload as RecordKey;
    const tags = await records.list('Tag', restrictTo('Project', key));
    const run = kind === 'train' ? await records.get('Run', key) : undefined;
    return digestOf([tags.map((tag) => [tag.key, tag.body]), run?.body]);
  }
}

/** Whether an optimization aligns first does not make it another. */
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
