import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import { dropAlignments } from '../alignment-state.js';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { recordRoutes } from './record-routes.js';

export const fields = z.object({
  action: z.enum(['regress', 'classify']),
  incentives: z.record(z.string(), z.array(z.string())).nullish(),
  start_at: z.string().max(100).nullish(),
  universe_alignment: z.array(z.unknown()).nullish(),
});

export function projects(records: RecordStore, remove: Remove): Route[] {
  return recordRoutes(records, remove, {
    kind: 'Project',
    resource: 'projects',
    collection: '/ttp/connect/collaborations/{collab_id}/projects',
    id: 'project_id',
    fields,
    changed: async (key, { action }) => {
      if (action !== undefined) await dropAlignments(records, key);
    },
    prepare: (given) => ({ body: { incentives: {}, universe_alignment: [], ...given } }),
  });
}
