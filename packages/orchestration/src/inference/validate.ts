import type { JobContext } from '@synergos/scaling';
import { OrchestrationError } from '../errors.js';
import { validateJobSchema } from '../job-payloads.js';
import { evaluateAt } from './evaluation.js';
import { reportMisfits } from '../project/data-reports.js';
import { connected, type Dependencies } from '../dependencies.js';
import { requireCapabilities } from '../project/capabilities.js';
import { loadTrained, withGlobalModel } from './trained-run.js';

/** Handles a validate job: each participant evaluates the run's model, which gives one Validation record each. */
export async function validate(
  dependencies: Dependencies,
  { job, signal, emit }: JobContext,
): Promise<unknown> {
  const payload = validateJobSchema.parse(job.payload);
  const run = await loadTrained(dependencies, payload);
  const only = payload.participant_id;
  const participants = only === undefined ? [...run.project.participants.keys()] : [only];
  if (only !== undefined && !run.project.participants.has(only))
    throw new OrchestrationError('no_participants', `participant '${only}' has no tags in this project`);
  const replies = await withGlobalModel(dependencies, run, async (model) => {
    await connected(dependencies, participants, signal);
    requireCapabilities(dependencies, run, participants);
    return evaluateAt(dependencies, run, participants, model, signal);
  });
  if (replies.size === 0)
    throw new OrchestrationError('no_participants', "no participant has 'evaluate' tags to validate on");
  const { collab_id, project_id, expt_id, run_id } = payload;
  for (const [participant_id, reply] of replies) {
    const { statistics, resPath, samples, loss, score, issue, confusion } = reply;
    const about = await reportMisfits(emit, participant_id, 'evaluate', reply);
    const undefinedBecause = issue === undefined ? {} : { issue };
    const classes = run.project.action === 'classify' ? { classes: run.space.classes, confusion } : {};
    const measured = { statistics, res_path: resPath, samples, loss, score };
    const evaluate = { ...measured, ...classes, ...undefinedBecause, ...about };
    await dependencies.records.put(
      'Validation',
      { collab_id, project_id, expt_id, run_id, participant_id },
      { evaluate },
    );
    await emit('validated', { participant: participant_id, samples, loss, score, ...undefinedBecause });
  }
  return { participants: [...replies.keys()] };
}
