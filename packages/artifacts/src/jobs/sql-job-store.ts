import { sql, type Kysely, type Selectable } from 'kysely';
import type { Database } from '../records/database.js';
import { idNames } from '../records/hierarchy.js';
import type { RecordKey } from '../records/record-store.js';
import type { Tables } from '../records/tables.js';

export type State = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A job as it is stored, in the form that a job queue uses. */
export interface StoredJob {
  readonly id: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: State;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly after: string | null;
  readonly lane: string;
  readonly holder: string | null;
  readonly attempts: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface StoredJobEvent {
  readonly job: string;
  readonly sequence: number;
  readonly at: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Change = Partial<Pick<StoredJob, 'result' | 'error' | 'attempts' | 'startedAt' | 'finishedAt'>> & {
  readonly state: State;
};

interface JobFilter {
  readonly states?: readonly State[];
  readonly kinds?: readonly string[];
  /** Ids in the payload. */
  readonly of?: RecordKey;
  /** Id of a job; only jobs submitted before it are returned. */
  readonly before?: string;
  /** Maximum number of jobs, the newest first selected. */
  readonly newest?: number;
}

/** Jobs and their events in SQL. */
export function createJobStore({ query }: Database) {
  return {
    async insert(job: StoredJob): Promise<void> {
      await query
        .insertInto('jobs')
        .values({ id: job.id, kind: job.kind, ...toColumns(job), ...idsOf(job.payload) } as never)
        .execute();
    },

    async get(id: string): Promise<StoredJob | undefined> {
      const row = await query.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : fromRow(row);
    },

    async list({ states, kinds, of = {}, before, newest }: JobFilter = {}): Promise<readonly StoredJob[]> {
      if (states?.length === 0 || kinds?.length === 0) return [];
      let select = query.selectFrom('jobs').selectAll();
      if (states !== undefined) select = select.where('state', 'in', states);
      if (kinds !== undefined) select = select.where('kind', 'in', kinds);
      for (const id of idNames) if (of[id] !== undefined) select = select.where(id, '=', of[id]);
      if (before !== undefined)
        select = select.where('position', '<', ({ selectFrom }) =>
          selectFrom('jobs').select('position').where('id', '=', before),
        );
      if (newest === undefined) return (await select.orderBy('position').execute()).map(fromRow);
      return (await select.orderBy('position', 'desc').limit(newest).execute()).reverse().map(fromRow);
    },

    async counts(): Promise<Readonly<Record<State, number>>> {
      const rows = await query
        .selectFrom('jobs')
        .select(['state', ({ fn }) => fn.countAll().as('count')])
        .groupBy('state')
        .execute();
      const none = { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
      return Object.assign(none, Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)])));
    },

    async transition(id: string, from: readonly State[], change: Change): Promise<StoredJob | undefined> {
      if (from.length === 0) return undefined;
      const row = await query
        .updateTable('jobs')
        .set(toColumns(change))
        .where('id', '=', id)
        .where('state', 'in', from)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? undefined : fromRow(row);
    },

    appendEvent: (
      job: string,
      type: string,
      data: Readonly<Record<string, unknown>>,
      at: string,
    ): Promise<StoredJobEvent> => appendEvent(query, job, type, data, at),

    async events(job: string, after = 0, most?: number): Promise<readonly StoredJobEvent[]> {
      const select = query
        .selectFrom('job_events')
        .selectAll()
        .where('job', '=', job)
        .where('sequence', '>', after)
        .orderBy('sequence');
      return (await (most === undefined ? select : select.limit(most)).execute()).map(toEvent);
    },

    async eventsFromLast(job: string, type: string): Promise<readonly StoredJobEvent[]> {
      const rows = await query
        .selectFrom('job_events')
        .selectAll()
        .where('job', '=', job)
        .where('sequence', '>=', ({ fn, lit, selectFrom }) =>
          fn.coalesce(
            selectFrom('job_events')
              .select('sequence')
              .where('job', '=', job)
              .where('type', '=', type)
              .orderBy('sequence', 'desc')
              .limit(1),
            lit(0),
          ),
        )
        .orderBy('sequence')
        .execute();
      return rows.map(toEvent);
    },
  };
}

/** One statement assigns the number and writes the event; it takes the next number if another writer took this one. */
export async function appendEvent(
  query: Kysely<Tables>,
  job: string,
  type: string,
  data: Readonly<Record<string, unknown>>,
  at: string,
): Promise<StoredJobEvent> {
  for (;;) {
    const written = await query
      .insertInto('job_events')
      .columns(['job', 'sequence', 'at', 'type', 'data'])
      .expression((expressions) =>
        expressions
          .selectFrom('job_events')
          .select([
            sql<string>`${job}`.as('job'),
            sql<number>`coalesce(max(sequence), 0) + 1`.as('sequence'),
            sql<string>`${at}`.as('at'),
            sql<string>`${type}`.as('type'),
            sql<string>`${JSON.stringify(data)}`.as('data'),
          ])
          .where('job', '=', job),
      )
      .onConflict((conflict) => conflict.doNothing())
      .returning('sequence')
      .executeTakeFirst();
    if (written !== undefined) return { job, sequence: written.sequence, at, type, data };
  }
}

function toEvent(row: Selectable<Tables['job_events']>): StoredJobEvent {
  return { ...row, data: JSON.parse(row.data) as StoredJobEvent['data'] };
}

/** Includes the given fields only: undefined columns stay unchanged. */
export function toColumns(job: Partial<StoredJob>) {
  const columns = {
    state: job.state,
    payload: job.payload && JSON.stringify(job.payload),
    result: job.result === undefined ? undefined : JSON.stringify(job.result),
    error: job.error === undefined ? undefined : JSON.stringify(job.error),
    after: job.after,
    lane: job.lane,
    holder: job.holder,
    attempts: job.attempts,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

function idsOf(payload: StoredJob['payload']): Record<string, string> {
  const given = idNames.filter((id) => typeof payload[id] === 'string');
  return Object.fromEntries(given.map((id) => [id, String(payload[id])]));
}

export function fromRow(row: Selectable<Tables['jobs']>): StoredJob {
  return {
    id: row.id,
    kind: row.kind,
    payload: JSON.parse(row.payload) as StoredJob['payload'],
    state: row.state as State,
    result: JSON.parse(row.result) as unknown,
    error: JSON.parse(row.error) as StoredJob['error'],
    after: row.after,
    lane: row.lane,
    holder: row.holder,
    attempts: row.attempts,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
