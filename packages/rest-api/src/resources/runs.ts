import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { RunChecks } from '@synergos/orchestration';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { recordRoutes } from './record-routes.js';

/** All other arguments are the algorithm's: the checks know them. */
export const fields = z.object({
  algorithm: z.string().max(200).nullish(),
  rounds: z.number().nullish(),
  epochs: z.number().nullish(),
});

export function runs(records: RecordStore, remove: Remove, checks: RunChecks): Route[] {
  return recordRoutes(records, remove, {
    kind: 'Run',
    resource: 'runs',
    collection: '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/experiments/{expt_id}/runs',
    id: 'run_id',
    fields,
    documentedFields: checks.schemas?.arguments,
    prepare: (given) => {
      const { arguments: args, ignored } = checks.parseArguments(given);
      return { body: { ...given, ...args }, ...(ignored.length > 0 ? { extra: { ignored } } : {}) };
    },
  });
}
