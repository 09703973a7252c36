import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OutputsNotShared } from '../errors.js';
import type { Database } from '../records/database.js';

const MARKER = '.synergos-cluster';

/**
 * Returns the name of the cluster that uses a database and an outputs directory; the first process creates it. The name
 * is stored in both: throws `OutputsNotShared` if the outputs directory is not the one of the other processes.
 */
export async function clusterId({ query, name }: Database, outputsDirectory: string): Promise<string> {
  const marker = join(outputsDirectory, MARKER);
  const known = async () => (await query.selectFrom('clusters').select('id').executeTakeFirst())?.id;
  const marked = async () => (await readFile(marker, 'utf8').catch(() => '')).trim();
  if ((await known()) === undefined) {
    await mkdir(outputsDirectory, { recursive: true });
    // If two processes start at the same time, one file is stored completely and both read it.
    const mine = `${marker}-${randomUUID()}`;
    await writeFile(mine, `${randomUUID()}\n`, { flush: true });
    await link(mine, marker).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(mine);
    await query
      .insertInto('clusters')
      .values({ only: 1, id: await marked() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const id = await known();
  if (id === undefined || id !== (await marked()))
    throw new OutputsNotShared(resolve(outputsDirectory), name);
  return id;
}
