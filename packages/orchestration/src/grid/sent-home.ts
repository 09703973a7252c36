import { createRecordOutbox, type RecordStore } from '@synergos/artifacts';
import type { JobHandler } from '@synergos/scaling';

/**
 * Handlers whose jobs' records are written by someone else: what each would write goes home with its result, as
 * `{ result, records }`, and counts only if the job does.
 */
export function handlersSentHome(
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
