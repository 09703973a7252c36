import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { RunChecks } from '@synergos/contract';
import { dropAlignments } from '../alignment-state.js';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { recordRoutes } from './record-routes.js';

export const fields = z.object({ model: z.array(z.record(z.string(), z.unknown())).min(1).max(1000) });

export function experiments(records: RecordStore, remove: Remove, checks: RunChecks): Route[] {
  return recordRoutes(records, remove, {
    kind: 'Experiment',
    resource: 'experiments',
    collection: '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/experiments',
    id: 'expt_id',
    fields,
    documentedFields: checks.schemas && z.object({ model: checks.schemas.model }),
    changed: (key) => dropAlignments(records, key),
    prepare: ({ model, ...rest }) => ({ body: { ...rest, model: checks.parseModel(model) } }),
  });
}
