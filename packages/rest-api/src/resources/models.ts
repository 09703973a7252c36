import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';
import type { ApiRequest, Answer, Route } from '../route.js';
import { submitAndAnswer, type Work, type WorkDesk } from '../work.js';
import { requireAlignment, requireRuns, requireTags } from './phase-order.js';
import { listWork, readWork } from './work-records.js';

const BASE = '/ttp/train/collaborations/{collab_id}/projects/{project_id}/models';
const PATHS = [BASE, `${BASE}/{expt_id}`, `${BASE}/{expt_id}/{run_id}`];
const flag = z.boolean().nullish();
const body = z.looseObject({ auto_align: flag, dockerised: flag, verbose: flag, log_msgs: flag }).nullish();

export function models(records: RecordStore, desk: WorkDesk): Route[] {
  const read = { records, queue: desk.queue, kind: 'Model', job: 'train', lastId: 'run_id' } as const;
  return PATHS.flatMap((path): Route[] => [
    {
      method: 'post',
      path,
      resource: 'models',
      summary: 'Train every combination of experiment and run at or below this path.',
      body,
      handle: train,
    },
    {
      method: 'get',
      path,
      resource: 'models',
      summary: 'Read the models at or below this path.',
      handle: (request) => readWork(read, request),
    },
  ]);

  async function train(request: ApiRequest): Promise<Answer> {
    const { params } = request;
    await requireTags(records, params);
    const runs = await requireRuns(records, params);
    const { auto_align } = (request.body ?? {}) as { auto_align?: boolean | null };
    const aligned = await requireAlignment(records, params, auto_align);
    const { collab_id, project_id } = params;
    const given = auto_align === false ? { auto_align } : {};
    const work: Work[] = runs.map(({ key }) => ({ kind: 'train', payload: { ...key, ...given } }));
    if (!aligned) work.unshift({ kind: 'align', payload: { collab_id, project_id, auto_fix: true } });
    return submitAndAnswer(desk, request, work, async () => ({
      ...(await listWork(records, 'Model', request)),
      status: 201,
    }));
  }
}
