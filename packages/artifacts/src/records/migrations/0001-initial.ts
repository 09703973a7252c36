import type { CreateTableBuilder, Kysely, Migration } from 'kysely';
import type { DialectName } from '../dialect.js';

const ids = ['collab_id', 'project_id', 'expt_id', 'run_id', 'participant_id'] as const;

/** Records, jobs with their events, and participants' tokens. */
export const initial = (dialect: DialectName): Migration => ({
  async up(db: Kysely<unknown>) {
    let records = addCounter(db.schema.createTable('records'), 'doc_id', dialect).addColumn(
      'kind',
      'text',
      (column) => column.notNull(),
    );
    for (const id of ids) records = records.addColumn(id, 'text', (column) => column.notNull().defaultTo(''));
    await records
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('records_by_key')
      .on('records')
      .columns(['kind', ...ids])
      .unique()
      .execute();
    await db.schema.createIndex('records_by_participant').on('records').column('participant_id').execute();

    await addCounter(db.schema.createTable('jobs'), 'position', dialect)
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('result', 'text', (column) => column.notNull())
      .addColumn('error', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('started_at', 'text')
      .addColumn('finished_at', 'text')
      .execute();
    await db.schema.createIndex('jobs_by_state').on('jobs').column('state').execute();
    await db.schema
      .createTable('job_events')
      .addColumn('job', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('at', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('job_events_key', ['job', 'sequence'])
      .execute();

    await db.schema
      .createTable('participant_tokens')
      .addColumn('participant_id', 'text', (column) => column.primaryKey())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
  },
});

/** An ascending primary key that never reuses a number. */
function addCounter<Column extends string>(
  table: CreateTableBuilder<string>,
  name: Column,
  dialect: DialectName,
): CreateTableBuilder<string, Column> {
  return dialect === 'sqlite'
    ? table.addColumn(name, 'integer', (column) => column.primaryKey().autoIncrement())
    : table.addColumn(name, 'bigint', (column) => column.primaryKey().generatedByDefaultAsIdentity());
}
