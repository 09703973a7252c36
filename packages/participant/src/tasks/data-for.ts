import type { CommonSpace } from '@synergos/contract';
import type { Misfits, RunKey } from '@synergos/rpc-core';
import type { Tags } from '../datasets/datasets.js';
import { DataChanged } from '../errors.js';
import type { Action, Labels, PreparedSamples } from '../pipelines/pipeline.js';
import type { TaskContext } from './context.js';
import { misfitsToReport } from './misfits.js';

interface Data {
  readonly key: RunKey;
  readonly space: CommonSpace;
  readonly action: Action;
  readonly lacks?: readonly string[] | undefined;
}

/** Prepares the training data and stores its fit. Throws `DataChanged` if it is not the version that was aligned. */
export async function trainingData(
  { datasets, preprocessing }: TaskContext,
  {
    key,
    space,
    action,
    trainTags,
    dataVersion,
  }: Data & { trainTags: Tags; dataVersion?: string | undefined },
): Promise<{ readonly samples: PreparedSamples; readonly dataVersion: string }> {
  const version = await datasets.version(trainTags);
  if (dataVersion !== undefined && dataVersion !== version) throw new DataChanged();
  const samples = await datasets.samples(trainTags, { space, action });
  await preprocessing.write(key, await datasets.fit(trainTags, space), space, action);
  return { samples, dataVersion: version };
}

/** Prepares data for evaluation or prediction as the model's training data was. Throws `SpaceMismatch` if it lacks a column. */
export async function inferenceData(
  { datasets, preprocessing }: TaskContext,
  { key, space, action, lacks }: Data,
  { tags, fitTags, labels }: { tags: Tags; fitTags: Tags; labels: Labels },
): Promise<{
  readonly samples: PreparedSamples;
  readonly report: { dataVersion: string; misfits?: Misfits };
}> {
  const fitted = fitTags.length === 0 ? undefined : await preprocessing.read(key, space, action);
  const samples = await datasets.samples(tags, { space, action, labels, fitTags, ...(fitted && { fitted }) });
  const report = {
    dataVersion: await datasets.version(tags),
    ...misfitsToReport(samples.misfits, lacks),
  };
  if (fitted === undefined && fitTags.length > 0)
    await preprocessing.write(key, await datasets.fit(fitTags, space), space, action);
  return { samples, report };
}
