import { sql, type Kysely, type Migration } from 'kysely';

/** Collaboration, project, experiment, run, file. */
const KEY_PARTS = 5;

/** Replaces the absolute paths of files in Model records by their keys in the artifact store. */
export const storeKeys: Migration = {
  async up(db: Kysely<unknown>) {
    const { rows } = await sql<{ doc_id: number; body: string }>`
      select doc_id, body from records where kind = 'Model'`.execute(db);
    for (const { doc_id, body } of rows) {
      const changed = JSON.stringify(withKeys(JSON.parse(body) as Record<string, unknown>));
      if (changed !== body)
        await sql`update records set body = ${changed} where doc_id = ${doc_id}`.execute(db);
    }
  },
};

function withKeys(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      if (name !== 'global' && !name.startsWith('local_')) return [name, value];
      const files = value as Readonly<Record<string, unknown>>;
      const { path, loss_history } = files;
      return [
        name,
        {
          ...files,
          ...(path !== undefined && { path: keyOf(path) }),
          ...(loss_history !== undefined && { loss_history: keyOf(loss_history) }),
        },
      ];
    }),
  );
}

function keyOf(path: unknown): unknown {
  if (typeof path !== 'string' || !path.startsWith('/')) return path;
  return path.split('/').slice(-KEY_PARTS).join('/');
}
