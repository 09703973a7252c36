import {
  describeTaskSchema,
  type DescribeReply,
  type TaskResult,
  type VersionReply,
  type WorkerTask,
} from '@synergos/rpc-core';
import { parsePayload } from './parse-payload.js';
import type { TaskContext } from './context.js';

/** Describes the data below the participant's tags. */
export async function describeTask({ datasets, logger }: TaskContext, task: WorkerTask): Promise<TaskResult> {
  const { action, tags, key, versionOnly } = parsePayload(describeTaskSchema, 'describe', task.payload);
  if (versionOnly) {
    const version: VersionReply = { train: { version: await datasets.version(tags.train) } };
    return { payload: version };
  }
  const describe = (kind: (typeof tags)['train'], labels: 'required' | 'optional') =>
    kind.length === 0 ? null : datasets.describe(kind, action, labels);
  const payload: DescribeReply = {
    train: await datasets.describe(tags.train, action),
    evaluate: await describe(tags.evaluate, 'required'),
    predict: await describe(tags.predict, 'optional'),
  };
  logger.info(
    { ...key, samples: payload.train.samples, columns: payload.train.columns.length },
    'described the data',
  );
  return { payload };
}
