import { sql, type Kysely, type Migration } from 'kysely';
import type { DialectName } from '../dialect.js';

const ids = ['collab_id', 'project_id', 'expt_id', 'run_id', 'participant_id'] as const;

/** Finds jobs by the ids in their payload, and the jobs of a request by its `Idempotency-Key`. */
export const jobLookups = (dialect: DialectName): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const id of ids) {
      await db.schema
        .alterTable('jobs')
        .addColumn(id, 'text', (column) => column.notNull().defaultTo(''))
        .execute();
      const value =
        dialect === 'sqlite'
          ? sql`json_extract(payload, ${sql.lit(`$.${id}`)})`
          : sql`payload::json ->> ${sql.lit(id)}`;
      await sql`update jobs set ${sql.ref(id)} = coalesce(${value}, '')`.execute(db);
    }
    await db.schema
      .createIndex('jobs_by_ids')
      .on('jobs')
      .columns(['collab_id', 'project_id', 'expt_id', 'run_id'])
      .execute();
    await db.schema
      .createTable('idempotency_keys')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('jobs', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('idempotency_keys_by_age')
      .on('idempotency_keys')
      .column('created_at')
      .execute();
  },
});
