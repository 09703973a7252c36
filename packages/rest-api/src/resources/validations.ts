import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { ApiRequest, Answer, Route } from '../route.js';
import { submitAndAnswer, type WorkDesk } from '../work.js';
import { requireTags, requireTrained } from './phase-order.js';
import { listWork, readWork } from './work-records.js';

const BASE = '/ttp/evaluate/collaborations/{collab_id}/projects/{project_id}/validations';
const PATHS = [
  BASE,
  `${BASE}/{expt_id}`,
  `${BASE}/{expt_id}/{run_id}`,
  `${BASE}/{expt_id}/{run_id}/{participant_id}`,
];
const flag = z.boolean().nullish();
const body = z.looseObject({ auto_align: flag, dockerised: flag, verbose: flag, log_msgs: flag }).nullish();

export function validations(records: RecordStore, desk: WorkDesk): Route[] {
  const read = {
    records,
    queue: desk.queue,
    kind: 'Validation',
    job: 'validate',
    lastId: 'participant_id',
  } as const;
  return PATHS.flatMap((path): Route[] => [
    {
      method: 'post',
      path,
      resource: 'validations',
      summary:
        'Have the participants evaluate the trained models at or below this path on their evaluation data.',
      body,
      handle: validate,
    },
    {
      method: 'get',
      path,
      resource: 'validations',
      summary: 'Read the validations at or below this path.',
      handle: (request) => readWork(read, request),
    },
  ]);

  async function validate(request: ApiRequest): Promise<Answer> {
    const { params } = request;
    await requireTags(records, params);
    const ready = await requireTrained(records, params);
    const { participant_id } = params;
    const work = ready.map(({ key }) => ({
      kind: 'validate',
      payload: { ...key, ...(participant_id === undefined ? {} : { participant_id }) },
    }));
    return submitAndAnswer(desk, request, work, async () => ({
      ...(await listWork(records, 'Validation', request)),
      status: 201,
    }));
  }
}
