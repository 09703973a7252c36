import { z } from 'zod';
import { ArtifactsError, ParentMissing } from '../errors.js';
import type { Database } from '../records/database.js';
import { recordKinds, type RecordKey } from '../records/record-store.js';
import { createRecordStore } from '../records/sql-record-store.js';
import { inTransaction } from '../records/transaction.js';
import { endJob, type StoredJobEnd } from './sql-job-leases.js';
import type { StoredJob } from './sql-job-store.js';

const id = z.string().min(1);

const recordWriteSchema = z.object({
  operation: z.enum(['put', 'update']),
  kind: z.enum(recordKinds),
  key: z
    .strictObject({ collab_id: id, project_id: id, expt_id: id, run_id: id, participant_id: id })
    .partial(),
  body: z.record(z.string(), z.unknown()),
});
/** A record of a job that ran in another process, written when the job ends. */
export type RecordWrite = z.infer<typeof recordWriteSchema>;

/** Result of a job that ran in another process. */
export const recordWritesSchema = z.object({ result: z.unknown(), records: z.array(recordWriteSchema) });

/**
 * Ends jobs that ran in other processes. Writes the job's records and its end in one transaction if the fence is the
 * newest and the job has not ended; otherwise writes nothing and returns undefined.
 */
export function createJobArchive(
  database: Database,
): (
  id: string,
  end: StoredJobEnd,
  how: { readonly fence: number; readonly at: string },
) => Promise<StoredJob | undefined> {
  return async (job, end, how) => {
    const fail = (error: ArtifactsError) =>
      inTransaction(database, (transaction) =>
        endJob(
          transaction,
          job,
          { state: 'failed', error: { code: error.code, message: error.message } },
          how,
        ),
      );
    if (end.state !== 'completed')
      return inTransaction(database, (transaction) => endJob(transaction, job, end, how));
    const sent = recordWritesSchema.safeParse(end.result);
    if (!sent.success)
      return fail(
        new ArtifactsError('unfit_result', `its result is not one: ${z.prettifyError(sent.error)}`),
      );
    const { result, records: writes } = sent.data;
    try {
      return await inTransaction(database, async (transaction) => {
        const ended = await endJob(transaction, job, { state: 'completed', result }, how);
        if (ended === undefined) return undefined;
        const records = createRecordStore({ ...database, query: transaction });
        for (const { operation, kind, key, body } of writes) {
          if (operation === 'put') await records.put(kind, key as RecordKey, body);
          else await records.update(kind, key as RecordKey, body);
        }
        return ended;
      });
    } catch (error) {
      // The record that the job worked on was removed meanwhile.
      if (error instanceof ParentMissing) return fail(error);
      throw error;
    }
  };
}
