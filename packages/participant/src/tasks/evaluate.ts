import { evaluateTaskSchema, type EvaluateReply, type TaskResult, type WorkerTask } from '@synergos/rpc-core';
import { writeResults } from './results.js';
import { score } from './score.js';
import { parsePayload } from './parse-payload.js';
import type { TaskGround } from './task-handlers.js';
import { openWorkload } from './workload.js';

/** Measures the global model on local data; the statistics stay on file here and are reported. */
export async function evaluateTask(ground: TaskGround, task: WorkerTask): Promise<TaskResult> {
  const payload = parsePayload(evaluateTaskSchema, 'evaluate', task.payload);
  const { action, space, tags, fitTags, key } = payload;
  const workload = await openWorkload(ground, payload, task);
  const samples = await ground.datasets.samples(tags, { space, action, fitTags });
  const { evaluation, statistics } = score(workload, workload.global, samples, action);
  const resPath = await writeResults(ground.outputsDirectory, key, 'evaluate', {
    'inference_statistics_evaluate.json': `${JSON.stringify(statistics, null, 2)}\n`,
  });
  const reply: EvaluateReply = { ...evaluation, statistics, resPath };
  ground.logger.info({ ...key, ...evaluation }, 'evaluated');
  return { payload: reply };
}
