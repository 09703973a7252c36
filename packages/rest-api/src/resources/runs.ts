import { z } from 'zod';
import { keyOf, type RecordKey, type RecordStore } from '@synergos/artifacts';
import type { RunChecks } from '@synergos/contract';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { recordRoutes } from './record-routes.js';

/** All other arguments are the algorithm's own; the run checks validate them. */
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
    prepare: async (fields, sent, params) => {
      const criterion = fields.criterion === undefined ? await fittingCriterion(params) : undefined;
      const { arguments: args, ignored } = checks.parseArguments({ ...criterion, ...fields });
      const reported = ignored.filter((name) => Object.hasOwn(sent, name));
      const notes =
        criterion === undefined
          ? []
          : [
              `criterion: ${criterion.criterion}, for the default does not fit the project's action and the model`,
            ];
      const extra = { ...(reported.length > 0 && { ignored: reported }), ...(notes.length > 0 && { notes }) };
      return { body: { ...fields, ...args }, extra };
    },
  });

  /** Replaces the default if it does not fit the model. */
  async function fittingCriterion(params: RecordKey): Promise<{ readonly criterion: string } | undefined> {
    const project = await records.get('Project', keyOf('Project', params));
    const experiment = await records.get('Experiment', keyOf('Experiment', params));
    const criterion = checks.fittingCriterion?.(experiment?.body.model, project?.body.action);
    return criterion === undefined ? undefined : { criterion };
  }
}
