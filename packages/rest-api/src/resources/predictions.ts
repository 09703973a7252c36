import { z } from 'zod';
import { idSchema } from '@synergos/contract';
import type { RecordKey, RecordStore, StoredRecord } from '@synergos/artifacts';
import { ApiError } from '../errors.js';
import type { ApiRequest, Answer, Route } from '../route.js';
import { submitAndAnswer, type Work, type WorkDesk } from '../work.js';
import { requireTrained } from './phase-order.js';
import { missing } from '../missing.js';
import { listWork, readWork } from './work-records.js';
import { tagList } from './tags.js';

const BASE = '/ttp/evaluate/participants/{participant_id}/collaborations/{collab_id}/predictions';
const PATHS = [
  BASE,
  `${BASE}/{project_id}`,
  `${BASE}/{project_id}/{expt_id}`,
  `${BASE}/{project_id}/{expt_id}/{run_id}`,
];
const flag = z.boolean().nullish();
export const body = z
  .looseObject({
    /** By project: the participant's folders to predict on. Default of a project: its `predict` tags. */
    tags: z.record(idSchema, tagList.min(1)).nullish(),
    auto_align: flag,
    dockerised: flag,
    verbose: flag,
    log_msgs: flag,
  })
  .nullish();

export function predictions(records: RecordStore, desk: WorkDesk): Route[] {
  const read = { records, queue: desk.queue, kind: 'Prediction', job: 'predict', lastId: 'run_id' } as const;
  return PATHS.flatMap((path): Route[] => [
    {
      method: 'post',
      path,
      resource: 'predictions',
      summary:
        'Have the participant use the trained models at or below this path on data of its own. The predictions stay with it.',
      body,
      handle: predict,
    },
    {
      method: 'get',
      path,
      resource: 'predictions',
      summary: "Read the participant's predictions' statistics at or below this path.",
      handle: async (request) => {
        if (!('run_id' in request.params)) await requireAbove(request.params);
        return readWork(read, request);
      },
    },
  ]);

  async function predict(request: ApiRequest): Promise<Answer> {
    const given = ((request.body ?? {}) as z.infer<typeof body>)?.tags ?? {};
    const work: Work[] = [];
    const refusals: ApiError[] = [];
    for (const { key, body: named } of await registeredProjects(request.params)) {
      const { project_id = '' } = key;
      const tags = Object.hasOwn(given, project_id) ? given[project_id] : undefined;
      try {
        if (tags === undefined) requirePredictTags(key, named.predict);
        const runs = await requireTrained(records, { ...request.params, project_id });
        const { participant_id } = key;
        for (const run of runs)
          work.push({ kind: 'predict', payload: { ...run.key, participant_id, ...(tags && { tags }) } });
      } catch (error) {
        // Below a collaboration, a project that is not ready does not block the others.
        if (!(error instanceof ApiError)) throw error;
        refusals.push(error);
      }
    }
    const [refusal] = refusals;
    if (work.length === 0 && refusal !== undefined) throw refusal;
    return submitAndAnswer(desk, request, work, async () => ({
      ...(await listWork(records, 'Prediction', request)),
      status: 201,
    }));
  }

  /** Projects at or below the path for which the participant has tags. */
  async function registeredProjects(
    params: Readonly<Record<string, string>>,
  ): Promise<readonly StoredRecord[]> {
    const { participant_id = '', collab_id = '', project_id } = params;
    await requireAbove(params);
    const key = { participant_id, collab_id, ...(project_id === undefined ? {} : { project_id }) };
    const tags = await records.list('Tag', key);
    if (tags.length > 0) return tags;
    throw new ApiError(
      409,
      `participant '${participant_id}' has named no data here; first POST …/registration and …/registration/tags`,
    );
  }

  async function requireAbove({
    participant_id = '',
    collab_id = '',
    project_id,
  }: Readonly<Record<string, string>>): Promise<void> {
    if ((await records.get('Participant', { participant_id })) === undefined)
      missing('Participant', { participant_id });
    if ((await records.get('Collaboration', { collab_id })) === undefined)
      missing('Collaboration', { collab_id });
    if (project_id !== undefined && (await records.get('Project', { collab_id, project_id })) === undefined)
      missing('Project', { collab_id, project_id });
  }
}

function requirePredictTags({ participant_id, project_id }: RecordKey, tags: unknown): void {
  if (Array.isArray(tags) && tags.length > 0) return;
  throw new ApiError(
    409,
    `participant '${participant_id}' has no 'predict' tags in project '${project_id}'; ` +
      `first PUT …/registration/tags, or send "tags": {"${project_id}": [["folder"]]}`,
  );
}
