import type { CommonSpace } from '@synergos/contract';
import type { Misfits, RunKey } from '@synergos/rpc-core';
import type { SourcedSamples } from '../datasets/load.js';
import { DataChanged } from '../errors.js';
import { checkedMisfits, isEmpty } from '../pipelines/tabular/space-misfits.js';
import type { TaskContext } from './context.js';

type Tags = readonly (readonly string[])[];

interface Data {
  readonly key: RunKey;
  readonly space: CommonSpace;
  readonly action: 'regress' | 'classify';
  readonly lacks?: readonly string[] | undefined;
}

/** The training data, and what is fitted on it. Throws `DataChanged` if it is not the version that was aligned. */
export async function trainingData(
  { datasets, preprocessing }: TaskContext,
  {
    key,
    space,
    action,
    trainTags,
    dataVersion,
  }: Data & { trainTags: Tags; dataVersion?: string | undefined },
): Promise<{ readonly samples: SourcedSamples; readonly dataVersion: string }> {
  const version = await datasets.version(trainTags);
  if (dataVersion !== undefined && dataVersion !== version) throw new DataChanged();
  const samples = await datasets.samples(trainTags, { space, action });
  await preprocessing.write(key, await datasets.fit(trainTags, space), space, action);
  return { samples, dataVersion: version };
}

/** Data to use a model on, prepared as the data that it was trained on. Throws `SpaceMismatch` if it lacks a column. */
export async function dataToUse(
  { datasets, preprocessing }: TaskContext,
  { key, space, action, lacks }: Data,
  { tags, fitTags, labels }: { tags: Tags; fitTags: Tags; labels: 'required' | 'optional' },
): Promise<{
  readonly samples: SourcedSamples;
  readonly report: { dataVersion: string; misfits?: Misfits };
}> {
  const fitted = fitTags.length === 0 ? undefined : await preprocessing.read(key, space, action);
  const samples = await datasets.samples(tags, { space, action, labels, fitTags, ...(fitted && { fitted }) });
  const report = { dataVersion: await datasets.version(tags), ...misfitsIn(samples, lacks) };
  if (fitted === undefined && fitTags.length > 0)
    await preprocessing.write(key, await datasets.fit(fitTags, space), space, action);
  return { samples, report };
}

/** What to report of data that does not fit; nothing if all does. */
export function misfitsIn(
  { misfits }: SourcedSamples,
  lacks: readonly string[] | undefined,
): { misfits?: Misfits } {
  const checked = checkedMisfits(misfits, lacks);
  return isEmpty(checked) ? {} : { misfits: checked };
}
