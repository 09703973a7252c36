import { idSchema } from '@synergos/contract';
import { z } from 'zod';

/** The first two entries of a run's archive; the files that the manifest names follow. */
export const RECORDS_ENTRY = 'records.json';
export const MANIFEST_ENTRY = 'manifest.json';

const json = z.record(z.string(), z.unknown());

/** The records that define a run, and its results. The results are informative and are not imported. */
export const archivedRecordsSchema = z.object({
  format: z.literal('synergos-run/1'),
  expt_id: idSchema,
  run_id: idSchema,
  project: z.object({ action: z.string() }),
  experiment: z.looseObject({ model: z.array(json) }),
  run: json,
  validations: z.array(json),
  predictions: z.array(json),
});
export type ArchivedRecords = z.infer<typeof archivedRecordsSchema>;
