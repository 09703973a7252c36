import { sql, type Kysely, type SqlBool } from 'kysely';
import type { Database } from '../records/database.js';
import type { DialectName } from '../records/dialect.js';
import type { Tables } from '../records/tables.js';
import { inTransaction } from '../records/transaction.js';
import { appendEvent, fromRow, toColumns, type StoredJob } from './sql-job-store.js';

const OPEN = ['queued', 'running'] as const;

type Claim =
  | { readonly outcome: 'claimed'; readonly job: StoredJob; readonly fence: number; readonly lost: number }
  | { readonly outcome: 'held'; readonly forMs: number }
  | { readonly outcome: 'over' | 'unknown' };

/** How a job ends. */
export interface StoredJobEnd {
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly result?: unknown;
  readonly error?: StoredJob['error'];
}

/** Leases of jobs in SQL, next to the job store. All processes use the database's clock. */
export function createJobLeases(database: Database) {
  const { query, dialect } = database;
  const now = nowMs(dialect);
  const isFree = sql<SqlBool>`(leased_until is null or leased_until <= ${now})`;
  const isDue = sql<SqlBool>`("after" is null or exists
    (select 1 from jobs as first where first.id = jobs."after" and first.state = 'completed'))`;
  const heldForMs = async (id: string) => {
    const row = await query
      .selectFrom('jobs')
      .select(['state', sql<number | null>`leased_until - ${now}`.as('for_ms')])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && { state: row.state, forMs: Math.max(0, row.for_ms ?? 0) };
  };

  return {
    async claim(
      id: string,
      { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
    ): Promise<Claim> {
      const row = await query
        .updateTable('jobs')
        .set({
          state: 'running',
          holder,
          fence: sql`fence + 1`,
          attempts: sql`attempts + 1`,
          lost: sql`lost + (case when leased_until is null then 0 else 1 end)`,
          leased_until: sql`${now} + ${sql.lit(Math.round(leaseMs))}`,
          started_at: sql`coalesce(started_at, ${new Date().toISOString()})`,
        })
        .where('id', '=', id)
        .where('state', 'in', OPEN)
        .where(isFree)
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined)
        return { outcome: 'claimed', job: fromRow(row), fence: row.fence, lost: row.lost };
      const known = await heldForMs(id);
      if (known === undefined) return { outcome: 'unknown' };
      const isOpen = OPEN.some((state) => state === known.state);
      return isOpen ? { outcome: 'held', forMs: known.forMs } : { outcome: 'over' };
    },

    async renew(id: string, fence: number, leaseMs: number): Promise<boolean> {
      const { numUpdatedRows } = await query
        .updateTable('jobs')
        .set({ leased_until: sql`${now} + ${sql.lit(Math.round(leaseMs))}` })
        .where('id', '=', id)
        .where('fence', '=', fence)
        .where('state', '=', 'running')
        .where(sql<SqlBool>`leased_until > ${now}`)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async release(id: string, fence: number): Promise<void> {
      await query
        .updateTable('jobs')
        .set({ leased_until: null })
        .where('id', '=', id)
        .where('fence', '=', fence)
        .execute();
    },

    async progressed(id: string, fence: number): Promise<void> {
      await query
        .updateTable('jobs')
        .set({ lost: 0 })
        .where('id', '=', id)
        .where('fence', '=', fence)
        .execute();
    },

    heldForMs: async (id: string): Promise<number> => (await heldForMs(id))?.forMs ?? 0,

    /** Lanes with jobs that have not ended, the lane with the oldest job first, each with its oldest claimable job. */
    async openLanes() {
      const lanes = await query
        .selectFrom('jobs')
        .select('lane')
        .where('lane', '<>', '')
        .where('state', 'in', OPEN)
        .groupBy('lane')
        .orderBy(sql`min(position)`)
        .execute();
      return Promise.all(
        lanes.map(async ({ lane }) => {
          const row = await query
            .selectFrom('jobs')
            .select(['id', 'kind', 'payload'])
            .where('lane', '=', lane)
            .where('state', 'in', OPEN)
            .where(isFree)
            .where(isDue)
            .orderBy('position')
            .limit(1)
            .executeTakeFirst();
          const next = row && { ...row, payload: JSON.parse(row.payload) as StoredJob['payload'] };
          return { lane, next: next ?? null };
        }),
      );
    },

    async claimable(lane: string): Promise<readonly StoredJob[]> {
      const rows = await query
        .selectFrom('jobs')
        .selectAll()
        .where('lane', '=', lane)
        .where('state', 'in', OPEN)
        .where(isFree)
        .where(isDue)
        .orderBy('position')
        .execute();
      return rows.map(fromRow);
    },

    async followers(id: string): Promise<readonly StoredJob[]> {
      const rows = await query
        .selectFrom('jobs')
        .selectAll()
        .where('state', '=', 'queued')
        .where('after', '=', id)
        .orderBy('position')
        .execute();
      return rows.map(fromRow);
    },

    lanes: async (): Promise<readonly string[]> =>
      (await query.selectFrom('jobs').select('lane').where('lane', '<>', '').distinct().execute()).map(
        ({ lane }) => lane,
      ),

    end: (id: string, end: StoredJobEnd, how: { readonly fence?: number; readonly at: string }) =>
      inTransaction(database, (transaction) => endJob(transaction, id, end, how)),
  };
}

/**
 * Ends a job that has not ended and appends its last event. If a fence is given, it must be the newest. Runs in a
 * transaction.
 */
export async function endJob(
  query: Kysely<Tables>,
  id: string,
  { state, result, error }: StoredJobEnd,
  { fence, at }: { readonly fence?: number; readonly at: string },
): Promise<StoredJob | undefined> {
  let update = query
    .updateTable('jobs')
    .set(toColumns({ state, result: result ?? null, error: error ?? null, finishedAt: at }))
    .where('id', '=', id)
    .where('state', 'in', OPEN);
  if (fence !== undefined) update = update.where('fence', '=', fence);
  const row = await update.returningAll().executeTakeFirst();
  if (row === undefined) return undefined;
  await appendEvent(query, id, state, error == null ? {} : { ...error }, at);
  return fromRow(row);
}

/** The database's clock, in milliseconds since 1970. */
function nowMs(dialect: DialectName) {
  return dialect === 'sqlite'
    ? sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
    : sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
}
