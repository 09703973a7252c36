import { evaluateTaskSchema, type EvaluateReply, type TaskResult, type WorkerTask } from '@synergos/rpc-core';
import { inferenceData } from './data-for.js';
import { writeResults } from './results.js';
import { score } from './score.js';
import { parsePayload } from './parse-payload.js';
import type { TaskContext } from './context.js';
import { inferenceWeights, openWorkload } from './workload.js';

/**
 * Evaluates the global model, or the participant's own if the algorithm defines one, on local data. Reports the statistics
 * and writes them to the outputs folder.
 */
export async function evaluateTask(context: TaskContext, task: WorkerTask): Promise<TaskResult> {
  const payload = parsePayload(evaluateTaskSchema, 'evaluate', task.payload);
  const { action, space, tags, fitTags, key } = payload;
  const workload = await openWorkload(context, payload, task);
  const { samples, report } = await inferenceData(context, payload, { tags, fitTags, labels: 'required' });
  const weights = await inferenceWeights(context, workload, key);
  const { evaluation, ...measured } = await score(workload.trainer, weights, samples, {
    action,
    features: space.features,
  });
  const { statistics } = measured;
  const resPath = await writeResults(context.outputsDirectory, key, 'evaluate', {
    'inference_statistics_evaluate.json': `${JSON.stringify(statistics, null, 2)}\n`,
  });
  const reply: EvaluateReply = { ...evaluation, ...measured, resPath, ...report };
  context.logger.info({ ...key, ...evaluation }, 'evaluated');
  return { payload: reply };
}
