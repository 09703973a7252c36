import { silentLogger, type CommonSpace, type Logger, type Preprocessing } from '@synergos/contract';
import type { DatasetDescription } from '@synergos/rpc-core';
import { InvalidDataset } from '../errors.js';
import type { Action, Labels, Pipeline, PreparedSamples } from '../pipelines/pipeline.js';
import { pipelineRegistry } from '../pipelines/registry.js';
import { dataVersion, fingerprint, openDataFolder, type DataFolder } from './data-folder.js';
import { resolveTag } from './tag-folder.js';

export interface DatasetsOptions {
  /** Holds the folders that tags name. */
  readonly dataDirectory: string;
  readonly logger?: Logger;
}

export type Tags = readonly (readonly string[])[];

/** Values that a pipeline fitted on training data. */
export interface Fitted {
  readonly pipeline: Pipeline;
  readonly values: object;
}

/** A fit that was stored as preprocessing.json; `id` differs if its content does. */
export interface RestoredFit {
  readonly id: string;
  readonly stored: Preprocessing;
}

export interface SamplesOptions {
  readonly space: CommonSpace;
  readonly action: Action;
  /** Data that the preparation is fitted on. @defaultValue the data itself */
  readonly fitTags?: Tags;
  /** Used instead of `fitTags`. */
  readonly fitted?: RestoredFit;
  /** @defaultValue `required` */
  readonly labels?: Labels;
}

/** Folders of one data type, opened together. */
interface Opened {
  readonly folders: readonly DataFolder[];
  readonly pipeline: Pipeline;
}

/** Number of results of each kind that are cached. */
const MOST_CACHED = 8;

/** A participant's data, by tags. Results are cached until a file changes. */
export class Datasets {
  readonly #dataDirectory: string;
  readonly #logger: Logger;
  readonly #prepared = new Map<string, PreparedSamples>();
  readonly #fitted = new Map<string, Fitted>();
  readonly #versions = new Map<string, string>();

  constructor({ dataDirectory, logger = silentLogger }: DatasetsOptions) {
    this.#dataDirectory = dataDirectory;
    this.#logger = logger;
  }

  /** Describes the data for alignment: schema, levels, classes and version, never a sample. */
  async describe(tags: Tags, action: Action, labels: Labels = 'required'): Promise<DatasetDescription> {
    const opened = await this.#open(tags);
    const { folders, pipeline } = opened;
    const described = pipeline.describe(await this.#read(opened, labels), action);
    return { datatype: pipeline.datatype, ...described, version: await this.#versionOf(folders) };
  }

  /** SHA-256 over the files below the tags. */
  async version(tags: Tags): Promise<string> {
    return this.#versionOf((await this.#open(tags)).folders);
  }

  /** Prepares the data as inputs of the common space. */
  async samples(tags: Tags, options: SamplesOptions): Promise<PreparedSamples> {
    const { space, action, fitted: restored, labels = 'required' } = options;
    const fitTags = restored === undefined ? (options.fitTags ?? []) : [];
    const opened = await this.#open(tags);
    const reference = fitTags.length === 0 ? opened : await this.#open(fitTags);
    const files = await fingerprint([...opened.folders, ...reference.folders]);
    const key = JSON.stringify([tags, space, action, labels, fitTags, restored?.id, files]);
    return cached(this.#prepared, key, async () => {
      const { pipeline } = opened;
      const data = await this.#read(opened, labels);
      const fit = async () => {
        if (restored !== undefined) return pipeline.restore(restored.stored);
        if (fitTags.length > 0) return (await this.#fit(reference, space)).values;
        // Rows without a label count only if nothing else is known.
        return labels === 'required'
          ? (await this.#fit(opened, space, data)).values
          : pipeline.fit(data, space);
      };
      return pipeline.samples(data, { space, action, fitted: await fit() });
    });
  }

  /** Fits the preparation on the data below the tags. */
  async fit(tags: Tags, space: CommonSpace): Promise<Fitted> {
    return this.#fit(await this.#open(tags), space);
  }

  /** The pipeline of the data below the tags. */
  async pipeline(tags: Tags): Promise<Pipeline> {
    return (await this.#open(tags)).pipeline;
  }

  async #fit(opened: Opened, space: CommonSpace, data?: unknown): Promise<Fitted> {
    const { folders, pipeline } = opened;
    const key = JSON.stringify([space, await fingerprint(folders)]);
    return cached(this.#fitted, key, async () => ({
      pipeline,
      values: pipeline.fit(data ?? (await this.#read(opened, 'required')), space),
    }));
  }

  async #versionOf(folders: readonly DataFolder[]): Promise<string> {
    return cached(this.#versions, await fingerprint(folders), () => dataVersion(folders));
  }

  async #open(tags: Tags): Promise<Opened> {
    const folders = await Promise.all(
      tags.map(async (tag) =>
        openDataFolder(
          { folder: await resolveTag(this.#dataDirectory, tag), name: tag.join('/') },
          pipelineRegistry,
        ),
      ),
    );
    const [first] = folders;
    const pipeline = first && pipelineRegistry.get(first.datatype);
    if (first === undefined || pipeline === undefined)
      throw new InvalidDataset('(no folder)', 'there are no tags');
    for (const { name, datatype } of folders)
      if (datatype !== first.datatype)
        throw new InvalidDataset(
          name,
          `metadata.json: datatype '${datatype}' differs from '${first.datatype}' of ${first.name}; folders of one kind of tags need the same datatype`,
        );
    return { folders, pipeline };
  }

  #read({ folders, pipeline }: Opened, labels: Labels): Promise<unknown> {
    const nested = folders.flatMap((folder) => folder.nested.map((path) => `${folder.name}/${path}`));
    if (nested.length > 0)
      this.#logger.info(
        { nested },
        'skipped sub-folders with a metadata.json: they are data sets of their own',
      );
    return pipeline.read(folders, { labels, logger: this.#logger });
  }
}

/** The cached value of the key, or a new one. Only the newest few are cached. */
async function cached<Value>(
  cache: Map<string, Value>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = cache.get(key) ?? (await make());
  cache.set(key, value);
  for (const old of [...cache.keys()].slice(0, -MOST_CACHED)) cache.delete(old);
  return value;
}
