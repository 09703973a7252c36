import { predictReplySchema } from '@synergos/rpc-core';
import type { JobContext } from '@synergos/scaling';
import { OrchestrationError } from '../errors.js';
import { predictJobSchema } from '../job-payloads.js';
import { reportMisfits } from '../project/data-reports.js';
import { connected, type Dependencies } from '../dependencies.js';
import { infer, withPublished } from './inference.js';
import { requireCapabilities } from '../project/capabilities.js';
import { loadTrained, withGlobalModel } from './trained-run.js';

/** Handles a predict job: one participant predicts on its own data with the run's model, and keeps the predictions. */
export async function predict(
  dependencies: Dependencies,
  { job, signal, emit }: JobContext,
): Promise<unknown> {
  const payload = predictJobSchema.parse(job.payload);
  const { collab_id, project_id, expt_id, run_id, participant_id } = payload;
  const run = await loadTrained(dependencies, payload);
  const registered = run.project.participants.get(participant_id);
  if (registered === undefined)
    throw new OrchestrationError(
      'no_participants',
      `participant '${participant_id}' has no tags in project '${project_id}'`,
    );
  const tags = payload.tags ?? registered.predict;
  if (tags.length === 0)
    throw new OrchestrationError(
      'no_predict_tags',
      `participant '${participant_id}' has no 'predict' tags in project '${project_id}'. ` +
        "PUT them (…/registration/tags), or send 'tags' with the request.",
    );
  const task = { kind: 'predict', participant: participant_id, tags, reply: predictReplySchema } as const;
  const reply = await withGlobalModel(dependencies, run, async (model) => {
    await connected(dependencies, [participant_id], signal);
    requireCapabilities(dependencies, run, [participant_id]);
    return withPublished(dependencies, model, (global) => infer(dependencies, run, task, global, signal));
  });
  const { samples, labelled, statistics, resPath } = reply;
  const about = await reportMisfits(emit, participant_id, 'predict', reply);
  await dependencies.records.put(
    'Prediction',
    { collab_id, project_id, expt_id, run_id, participant_id },
    { predict: { statistics, res_path: resPath, samples, labelled, ...about } },
  );
  await emit('predicted', { participant: participant_id, samples, labelled });
  return { participant: participant_id, samples, labelled };
}
