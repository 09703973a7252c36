import { evaluateTaskSchema, type EvaluateReply, type TaskResult, type WorkerTask } from '@synergos/rpc-core';
import { inferenceData } from './data-for.js';
import { writeResults } from './results.js';
import { score } from './score.js';
import { parsePayload } from './parse-payload.js';
import type { TaskContext } from './context.js';
import { openMeasurable, weightsHere } from './workload.js';

/** Measures the global model, or the participant's own where the algorithm gives it one, on local data; the statistics stay on file here and are reported. */
export async function evaluateTask(context: TaskContext, task: WorkerTask): Promise<TaskResult> {
  const payload = parsePayload(evaluateTaskSchema, 'evaluate', task.payload);
  const { action, space, tags, fitTags, key } = payload;
  const workload = await openMeasurable(context, payload, task);
  const { samples, report } = await inferenceData(context, payload, { tags, fitTags, labels: 'required' });
  const weights = await weightsHere(context, workload, key);
  const { evaluation, ...measured } = score(workload, weights, samples, { action, features: space.features });
  const { statistics } = measured;
  const resPath = await writeResults(context.outputsDirectory, key, 'evaluate', {
    'inference_statistics_evaluate.json': `${JSON.stringify(statistics, null, 2)}\n`,
  });
  const reply: EvaluateReply = { ...evaluation, ...measured, resPath, ...report };
  context.logger.info({ ...key, ...evaluation }, 'evaluated');
  return { payload: reply };
}
