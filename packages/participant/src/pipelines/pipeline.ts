import type { CommonSpace, Logger, Preprocessing } from '@synergos/contract';
import type { Samples } from '@synergos/fed-algorithms';
import type { DatasetDescription, Misfits } from '@synergos/rpc-core';
import type { z } from 'zod';
import type { DataFolder } from '../datasets/data-folder.js';
import type { Inference } from '../metrics/inference.js';

export type Action = 'regress' | 'classify';
/** `required`: a sample without a label is left out. `optional`: its target is NaN. */
export type Labels = 'required' | 'optional';

/** A file that samples were read from, in the order of the samples. */
export interface SampleSource {
  /** The folder's tag and the file's name. */
  readonly name: string;
  readonly rows: number;
}

/** Samples as inputs of a model, with their files and the counts of misfits. */
export interface PreparedSamples extends Samples {
  readonly sources: readonly SampleSource[];
  readonly misfits: Misfits;
}

/**
 * The participant's side of a data type, from files to samples and predictions. The TTP's side is `Agreement` in
 * `@synergos/orchestration`. A pipeline has no state: `Datasets` caches its results.
 */
export interface Pipeline<Settings = any, Data = any, Fitted extends object = any> {
  /** Value of `datatype` in metadata.json. */
  readonly datatype: string;
  /** Keys of metadata.json in addition to `datatype`. Other keys are refused. */
  readonly settings: z.ZodObject;
  /** Reads the files of the folders. Throws `InvalidDataset` if they hold no sample. */
  read(folders: readonly DataFolder<Settings>[], options: ReadOptions): Promise<Data>;
  /** Describes the data for alignment: the only facts that leave the machine before training, and never a sample. */
  describe(data: Data, action: Action): Omit<DatasetDescription, 'datatype' | 'version'>;
  /** Computes from training data what preparation needs, such as medians. */
  fit(data: Data, space: CommonSpace): Fitted;
  /** Maps data to the inputs of the space. `fitted` belongs to the model's training data, which may be other data. */
  samples(data: Data, options: { space: CommonSpace; action: Action; fitted: Fitted }): PreparedSamples;
  /** Encodes predictions as the text of `predictions.csv`. */
  predictions(inference: Inference, sources: readonly SampleSource[], space: CommonSpace): string;
  /** Converts fitted values to the content of preprocessing.json. They stay on the participant's machine. */
  save(fitted: Fitted, space: CommonSpace, action: Action): Preprocessing;
  /** Converts preprocessing.json back to fitted values. */
  restore(stored: Preprocessing): Fitted;
}

export interface ReadOptions {
  readonly labels: Labels;
  readonly logger: Logger;
}
