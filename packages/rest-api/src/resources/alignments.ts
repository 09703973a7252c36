import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { Route } from '../route.js';
import { submitAndAnswer, type WorkDesk } from '../work.js';
import { missing } from '../missing.js';
import { requireTags } from './phase-order.js';
import { listWork, readWork } from './work-records.js';

const PATH = '/ttp/train/collaborations/{collab_id}/projects/{project_id}/alignments';
const flag = z.boolean().nullish();

export function alignments(records: RecordStore, desk: WorkDesk): Route[] {
  return [
    {
      method: 'post',
      path: PATH,
      resource: 'alignments',
      summary: "Bring the participants' data into one feature and label space.",
      body: z.looseObject({ auto_align: flag, auto_fix: flag }).nullish(),
      handle: async (request) => {
        const { params, body } = request;
        await requireTags(records, params);
        const { auto_fix } = (body ?? {}) as { auto_fix?: boolean | null };
        const payload = { ...params, auto_fix: auto_fix ?? true };
        return submitAndAnswer(desk, request, [{ kind: 'align', payload }], async () => ({
          ...(await listWork(records, 'Alignment', request)),
          status: 201,
        }));
      },
    },
    {
      method: 'get',
      path: PATH,
      resource: 'alignments',
      summary: 'Read the alignments, one a participant.',
      handle: async ({ params }) => {
        if ((await records.get('Project', params)) === undefined) missing('Project', params);
        return readWork({ records, queue: desk.queue, kind: 'Alignment', job: 'align' }, { params });
      },
    },
  ];
}
