import type { Kysely, Migration } from 'kysely';

/** Leases of jobs, and dependencies of waiting jobs. Times are milliseconds since 1970 by the database's clock. */
export const jobLeases: Migration = {
  async up(db: Kysely<unknown>) {
    const text = [
      ['after', null],
      ['lane', ''],
      ['holder', null],
    ] as const;
    for (const [name, initial] of text)
      await db.schema
        .alterTable('jobs')
        .addColumn(name, 'text', (column) =>
          initial === null ? column : column.notNull().defaultTo(initial),
        )
        .execute();
    for (const name of ['fence', 'lost'])
      await db.schema
        .alterTable('jobs')
        .addColumn(name, 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    await db.schema.alterTable('jobs').addColumn('leased_until', 'bigint').execute();
    await db.schema
      .createTable('clusters')
      .addColumn('only', 'integer', (column) => column.primaryKey())
      .addColumn('id', 'text', (column) => column.notNull())
      .execute();
  },
};
