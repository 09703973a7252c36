import type { RecordKey, RecordStore, StoredRecord } from '@synergos/artifacts';
import { ApiError } from '../errors.js';
import { missing } from '../missing.js';

/** Returns the tags of a project; throws 409 if there are none. */
export async function requireTags(records: RecordStore, key: RecordKey): Promise<readonly StoredRecord[]> {
  const { collab_id = '', project_id = '' } = key;
  if ((await records.get('Project', { collab_id, project_id })) === undefined)
    missing('Project', { collab_id, project_id });
  const tags = await records.list('Tag', { collab_id, project_id });
  if (tags.length === 0)
    throw new ApiError(
      409,
      `no participant of project '${project_id}' has tags; first POST …/participants/<id>/registration and …/registration/tags`,
    );
  return tags;
}

/** Whether every participant with tags is aligned. */
export async function isAligned(records: RecordStore, key: RecordKey): Promise<boolean> {
  const { collab_id = '', project_id = '' } = key;
  const tags = await records.list('Tag', { collab_id, project_id });
  const alignments = await records.list('Alignment', { collab_id, project_id });
  const aligned = new Set(alignments.map((alignment) => alignment.key.participant_id));
  return tags.every((tag) => aligned.has(tag.key.participant_id)) && alignments.length === tags.length;
}

/** Whether the project is aligned; throws 409 if it is not and `autoAlign` is false. */
export async function requireAlignment(
  records: RecordStore,
  key: RecordKey,
  autoAlign: boolean | null | undefined,
): Promise<boolean> {
  const aligned = await isAligned(records, key);
  if (aligned || autoAlign !== false) return aligned;
  const { collab_id, project_id } = key;
  throw new ApiError(
    409,
    `project '${project_id}' is not aligned; first POST /ttp/train/collaborations/${collab_id}/projects/${project_id}/alignments`,
  );
}

/** The runs at or below a path. */
export async function requireRuns(records: RecordStore, key: RecordKey): Promise<readonly StoredRecord[]> {
  const { collab_id = '', project_id = '', expt_id, run_id } = key;
  if (
    expt_id !== undefined &&
    (await records.get('Experiment', { collab_id, project_id, expt_id })) === undefined
  )
    missing('Experiment', { collab_id, project_id, expt_id });
  const below = { collab_id, project_id, ...(expt_id ? { expt_id } : {}), ...(run_id ? { run_id } : {}) };
  const runs = await records.list('Run', below);
  if (runs.length > 0) return runs;
  if (run_id !== undefined) missing('Run', below);
  throw new ApiError(409, `there is no run below this path; first POST /ttp/connect/…/experiments/<id>/runs`);
}

/** The runs at or below a path that have a model. */
export async function requireTrained(records: RecordStore, key: RecordKey): Promise<readonly StoredRecord[]> {
  const runs = await requireRuns(records, key);
  const { collab_id = '', project_id = '' } = key;
  const models = await records.list('Model', { collab_id, project_id });
  const trained = new Set(models.map((model) => runOf(model.key)));
  const ready = runs.filter((run) => trained.has(runOf(run.key)));
  if (ready.length > 0) return ready;
  const path = `/ttp/train/collaborations/${collab_id}/projects/${project_id}/models/<expt_id>/<run_id>`;
  throw new ApiError(409, `no run at or below this path has a model; first POST ${path}`);
}

function runOf({ expt_id, run_id }: RecordKey): string {
  return JSON.stringify([expt_id, run_id]);
}
