import type { Database } from '../records/database.js';

/** The jobs that a request with an `Idempotency-Key` started. */
export interface KeptRequest {
  /** Digest of the request; distinguishes another request with the same key. */
  readonly request: string;
  readonly jobs: readonly string[];
}

export interface IdempotencyKeys {
  find(key: string): Promise<KeptRequest | undefined>;
  /** Stores the first request of a key; drops keys beyond the limits of age and number. */
  keep(key: string, kept: KeptRequest): Promise<void>;
}

const KEPT_MS = 7 * 86_400_000;
const MOST_KEYS = 10_000;

/** Stores `Idempotency-Key`s in SQL for a week, at most 10,000. */
export function createIdempotencyKeys(
  { query }: Database,
  { now = () => new Date(), most = MOST_KEYS }: { readonly now?: () => Date; readonly most?: number } = {},
): IdempotencyKeys {
  const oldest = () => new Date(now().getTime() - KEPT_MS).toISOString();
  return {
    async find(key) {
      const row = await query
        .selectFrom('idempotency_keys')
        .select(['request', 'jobs'])
        .where('key', '=', key)
        .where('created_at', '>', oldest())
        .executeTakeFirst();
      return row && { request: row.request, jobs: JSON.parse(row.jobs) as readonly string[] };
    },

    async keep(key, { request, jobs }) {
      await query.deleteFrom('idempotency_keys').where('created_at', '<=', oldest()).execute();
      await query
        .deleteFrom('idempotency_keys')
        .where('key', 'in', ({ selectFrom }) =>
          selectFrom('idempotency_keys')
            .select('key')
            .orderBy('created_at', 'desc')
            .orderBy('key')
            .limit(Number.MAX_SAFE_INTEGER)
            .offset(most - 1),
        )
        .execute();
      await query
        .insertInto('idempotency_keys')
        .values({ key, request, jobs: JSON.stringify(jobs), created_at: now().toISOString() })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}
