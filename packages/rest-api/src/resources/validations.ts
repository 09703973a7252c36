import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { JobQueue } from '@synergos/scaling';
import { ApiError } from '../errors.js';
import { presentAll, presentOne } from '../records.js';
import type { ApiRequest, Answer, Route } from '../route.js';
import { submitAndAnswer } from '../work.js';
import { requireRuns, requireTags } from './phase-order.js';
import { missing } from './record-routes.js';

const BASE = '/ttp/evaluate/collaborations/{collab_id}/projects/{project_id}/validations';
const PATHS = [
  BASE,
  `${BASE}/{expt_id}`,
  `${BASE}/{expt_id}/{run_id}`,
  `${BASE}/{expt_id}/{run_id}/{participant_id}`,
];
const flag = z.boolean().nullish();
const body = z.looseObject({ auto_align: flag, dockerised: flag, verbose: flag, log_msgs: flag }).nullish();

export function validations(records: RecordStore, queue: JobQueue): Route[] {
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
      handle: read,
    },
  ]);

  async function validate(request: ApiRequest): Promise<Answer> {
    const { params } = request;
    await requireTags(records, params);
    const runs = await requireRuns(records, params);
    const trained = await records.list('Model', withoutParticipant(params));
    const models = new Set(trained.map(({ key }) => JSON.stringify([key.expt_id, key.run_id])));
    const ready = runs.filter(({ key }) => models.has(JSON.stringify([key.expt_id, key.run_id])));
    if (ready.length === 0)
      throw new ApiError(
        409,
        'no run at or below this path has a model; first POST /ttp/train/collaborations/' +
          `${params.collab_id}/projects/${params.project_id}/models/<expt_id>/<run_id>`,
      );
    const { participant_id } = params;
    const work = ready.map(({ key }) => ({
      kind: 'validate',
      payload: { ...key, ...(participant_id === undefined ? {} : { participant_id }) },
    }));
    return submitAndAnswer(queue, request, work, async () => ({ ...(await read(request)), status: 201 }));
  }

  async function read({ params }: Pick<ApiRequest, 'params'>): Promise<Answer> {
    if (params.participant_id !== undefined) {
      const record = await records.get('Validation', params);
      return {
        data: record === undefined ? missing('Validation', params) : await presentOne(records, record),
      };
    }
    return {
      data: await presentAll(records, 'Validation', await records.list('Validation', params), params),
    };
  }
}

function withoutParticipant(key: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(key).filter(([name]) => name !== 'participant_id'));
}
