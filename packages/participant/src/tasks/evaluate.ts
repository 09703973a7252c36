import { evaluateTaskSchema, type EvaluateReply, type TaskResult, type WorkerTask } from '@synergos/rpc-core';
import { dataToUse } from './data-for.js';
import { writeResults } from './results.js';
import { score } from './score.js';
import { parsePayload } from './parse-payload.js';
import type { TaskGround } from './task-handlers.js';
import { openMeasurable, weightsHere } from './workload.js';

/** Measures the global model, or the participant's own where the algorithm gives it one, on local data; the statistics stay on file here and are reported. */
export async function evaluateTask(ground: TaskGround, task: WorkerTask): Promise<TaskResult> {
  const payload = parsePayload(evaluateTaskSchema, 'evaluate', task.payload);
  const { action, space, tags, fitTags, key } = payload;
  const workload = await openMeasurable(ground, payload, task);
  const { samples, report } = await dataToUse(ground, payload, { tags, fitTags, labels: 'required' });
  const weights = await weightsHere(ground, workload, key);
  const { evaluation, ...measured } = score(workload, weights, samples, { action, features: space.features });
  const { statistics } = measured;
  const resPath = await writeResults(ground.outputsDirectory, key, 'evaluate', {
    'inference_statistics_evaluate.json': `${JSON.stringify(statistics, null, 2)}\n`,
  });
  const reply: EvaluateReply = { ...evaluation, ...measured, resPath, ...report };
  ground.logger.info({ ...key, ...evaluation }, 'evaluated');
  return { payload: reply };
}
