import { createRecordOutbox, type RecordStore } from '@synergos/artifacts';
import type { JobHandler } from '@synergos/scaling';

/**
 * Job handlers that return the records they would write with their result, as `{ result, records }`. The director writes
 * them once the job has ended.
 */
export function deliveringRecords(
  records: RecordStore,
  kinds: readonly string[],
  handlersOn: (records: RecordStore) => Readonly<Record<string, JobHandler>>,
): Readonly<Record<string, JobHandler>> {
  const handle: JobHandler = async (context) => {
    const outbox = createRecordOutbox(records);
    const result = await handlersOn(outbox.records)[context.job.kind]?.(context);
    return { result, records: outbox.writes };
  };
  return Object.fromEntries(kinds.map((kind) => [kind, handle]));
}
