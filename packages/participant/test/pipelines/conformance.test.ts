import { commonSpaceSchema, preprocessingSchema } from '@synergos/contract';
import { datasetDescriptionSchema } from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datasets } from '../../src/index.js';
import { pipelineRegistry } from '../../src/pipelines/registry.js';
import { dataDirectoryOf, fixtureOf } from './fixture.js';

const TAG = { whole: [['whole']], part: [['part']], unlabelled: [['unlabelled']], empty: [['empty']] };

const cases = await Promise.all(
  [...pipelineRegistry].map(async ([datatype, pipeline]) => ({
    datatype,
    pipeline,
    fixture: await fixtureOf(datatype),
  })),
);

describe.each(cases)('pipeline $datatype', ({ datatype, pipeline, fixture }) => {
  const { space, canaries } = fixture;
  const classify = { space, action: 'classify' } as const;
  let directory: Awaited<ReturnType<typeof dataDirectoryOf>>;
  let datasets: Datasets;
  beforeAll(async () => {
    const { whole, part, unlabelled, empty } = fixture;
    const unknown = { ...whole, 'metadata.json': JSON.stringify({ datatype, dataytpe: 'x' }) };
    directory = await dataDirectoryOf({ whole, part, unlabelled, empty, unknown });
    datasets = new Datasets({ dataDirectory: directory.path });
  });
  afterAll(() => directory[Symbol.asyncDispose]());

  it('is registered under a name that a space may have', () => {
    expect(pipeline.datatype).toBe(datatype);
    expect(commonSpaceSchema.parse(space)).toEqual(space);
  });

  it('describes samples and classes in the form of the protocol, and no value of a sample', async () => {
    const description = await datasets.describe(TAG.whole, 'classify');
    expect(datasetDescriptionSchema.parse(description)).toEqual(description);
    expect(description).toMatchObject({ datatype, samples: 5, classes: space.classes });
    const { version: _version, ...described } = description;
    for (const canary of canaries) expect(JSON.stringify(described)).not.toContain(canary);
  });

  it('prepares finite features and one target per sample, the same bytes each time', async () => {
    const samples = await datasets.samples(TAG.whole, classify);
    const width = samples.shape.reduce((product, length) => product * length, 1);
    expect(samples.count).toBe(5);
    expect(samples.features).toHaveLength(5 * width);
    expect(samples.features.every(Number.isFinite)).toBe(true);
    expect([...samples.targets]).toEqual([0, 1, 1, 0, 1]);
    expect(samples.sources.reduce((sum, { rows }) => sum + rows, 0)).toBe(5);
    const again = await new Datasets({ dataDirectory: directory.path }).samples(TAG.whole, classify);
    expect(again).toEqual(samples);
  });

  it('prepares other data as the training data was', async () => {
    const whole = await datasets.samples(TAG.whole, classify);
    const part = await datasets.samples(TAG.part, { ...classify, fitTags: TAG.whole });
    const width = whole.features.length / whole.count;
    expect(part.features).toEqual(whole.features.slice(3 * width));
    expect([...part.targets]).toEqual([0, 1]);
  });

  it('restores from preprocessing.json what it fitted', async () => {
    const { values } = await datasets.fit(TAG.whole, space);
    const stored = preprocessingSchema.parse(
      JSON.parse(JSON.stringify(pipeline.save(values, space, 'classify'))),
    );
    expect(stored).toMatchObject({ datatype, features: space.features, classes: space.classes });
    const fitted = await datasets.samples(TAG.part, { ...classify, fitTags: TAG.whole });
    expect(await datasets.samples(TAG.part, { ...classify, fitted: { id: 'x', stored } })).toEqual(fitted);
  });

  it('leaves out a sample without a label unless labels are optional', async () => {
    const required = await datasets.samples(TAG.unlabelled, { ...classify, fitTags: TAG.whole });
    expect([...required.targets]).toEqual([0]);
    const options = { ...classify, fitTags: TAG.whole, labels: 'optional' } as const;
    const optional = await datasets.samples(TAG.unlabelled, options);
    expect([...optional.targets]).toEqual([0, NaN]);
    const part = await datasets.samples(TAG.part, { ...classify, fitTags: TAG.whole });
    expect(optional.features).toEqual(part.features);
  });

  it('writes one prediction per sample, with its file and its number there', async () => {
    const { sources } = await datasets.samples(TAG.part, classify);
    const scores = Float32Array.of(0.75, 0.25, 0.25, 0.75);
    const inference = { action: 'classify', classes: 2, scores, labels: Uint32Array.of(0, 1) } as const;
    const [header, ...lines] = pipeline.predictions(inference, sources, space).trim().split('\n');
    const [first, second] = space.classes;
    expect(header).toBe(`file,row,prediction,score_${first},score_${second}`);
    const file = sources[0]?.name;
    expect(lines).toEqual([`${file},1,${first},0.75,0.25`, `${file},2,${second},0.25,0.75`]);
  });

  it('refuses data without samples and settings that it does not know, by the tag', async () => {
    const failure = (text: RegExp) => ({
      code: 'invalid_dataset',
      message: expect.stringMatching(text),
    });
    await expect(datasets.describe(TAG.empty, 'classify')).rejects.toMatchObject(
      failure(/^empty: holds no row/),
    );
    await expect(datasets.describe([['unknown']], 'classify')).rejects.toMatchObject(
      failure(/^unknown: metadata\.json: unknown key 'dataytpe'; did you mean 'datatype'\?/),
    );
  });

  it('refuses labels that the space does not have', async () => {
    const other = { ...space, classes: ['none of these', 'nor this'] };
    await expect(datasets.samples(TAG.whole, { space: other, action: 'classify' })).rejects.toMatchObject({
      code: 'unknown_class',
    });
  });
});
