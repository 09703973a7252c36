import { setTimeout as delay } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import type { Database } from './database.js';
import { gaveWay, sessionWasEnded } from './postgres-failure.js';
import type { Tables } from './tables.js';

const ATTEMPTS = 10;
const PAUSE_MS = 20;

/**
 * Runs all of the work in one transaction, or in the present one. If PostgreSQL aborts the transaction because of a
 * deadlock, or ends its session, the work is repeated: it must only read and change the database.
 */
export async function inTransaction<Result>(
  { query }: Database,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  if (query.isTransaction) return work(query as Transaction<Tables>);
  for (let attempt = 1; ; attempt++) {
    try {
      return await query.transaction().execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !(gaveWay(error) || sessionWasEnded(error))) throw error;
      await delay(Math.random() * attempt * PAUSE_MS);
    }
  }
}
