import { predictTaskSchema, type PredictReply, type TaskResult, type WorkerTask } from '@synergos/rpc-core';
import type { Inference } from '../metrics/inference.js';
import { inferenceData } from './data-for.js';
import { parsePayload } from './parse-payload.js';
import { writeResults } from './results.js';
import { infer, statisticsOf } from './score.js';
import type { TaskContext } from './context.js';
import { inferenceWeights, openWorkload } from './workload.js';

/** Applies the global model to local data. Predictions stay here; statistics are reported if labels are known. */
export async function predictTask(context: TaskContext, task: WorkerTask): Promise<TaskResult> {
  const payload = parsePayload(predictTaskSchema, 'predict', task.payload);
  const { action, space, tags, fitTags, key } = payload;
  const workload = await openWorkload(context, payload, task);
  const { samples, report } = await inferenceData(context, payload, { tags, fitTags, labels: 'optional' });
  const weights = await inferenceWeights(context, workload, key);
  const inference = await infer(workload.trainer, weights, samples, action);
  const labelled = [...samples.targets.keys()].filter((row) => !Number.isNaN(samples.targets[row]));
  const targets = Float32Array.from(labelled, (row) => samples.targets[row] ?? NaN);
  const statistics =
    labelled.length === 0 ? {} : statisticsOf(rowsOf(inference, labelled), targets).statistics;
  const pipeline = await context.datasets.pipeline(tags);
  const resPath = await writeResults(context.outputsDirectory, key, 'predict', {
    'inference_statistics_predict.json': `${JSON.stringify(statistics, null, 2)}\n`,
    'predictions.csv': pipeline.predictions(inference, samples.sources, space),
  });
  const reply: PredictReply = {
    samples: samples.count,
    labelled: labelled.length,
    statistics,
    resPath,
    ...report,
  };
  context.logger.info({ ...key, samples: reply.samples, labelled: reply.labelled, resPath }, 'predicted');
  return { payload: reply };
}

function rowsOf(inference: Inference, rows: readonly number[]): Inference {
  if (inference.action === 'regress')
    return { ...inference, values: Float32Array.from(rows, (row) => inference.values[row] ?? NaN) };
  const { classes, scores, labels } = inference;
  const kept = new Float32Array(rows.length * classes);
  rows.forEach((row, index) =>
    kept.set(scores.subarray(row * classes, (row + 1) * classes), index * classes),
  );
  return { ...inference, scores: kept, labels: Uint32Array.from(rows, (row) => labels[row] ?? 0) };
}
