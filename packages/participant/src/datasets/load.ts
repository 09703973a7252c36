import type { Samples } from '@synergos/fed-algorithms';
import { type CommonSpace, type Logger, silentLogger } from '@synergos/contract';
import type { DatasetDescription, Misfits } from '@synergos/rpc-core';
import { InvalidDataset } from '../errors.js';
import { describeTable } from '../pipelines/tabular/describe.js';
import { fitPreparation, type Preparation } from '../pipelines/tabular/preparation.js';
import { misfitsOf } from '../pipelines/tabular/space-misfits.js';
import { readTable, type Table, type TableSource } from '../pipelines/tabular/table.js';
import { toSamples } from '../pipelines/tabular/to-samples.js';
import {
  dataVersion,
  fingerprint,
  openDatasetFolder,
  type DatasetFolder,
  type Operations,
} from './dataset-folder.js';
import { resolveTag } from './tag-folder.js';

export interface DatasetsOptions {
  readonly dataDirectory: string;
  readonly logger?: Logger;
}

type Action = 'regress' | 'classify';
type Tags = readonly (readonly string[])[];

/** Prepared data that carries where each row came from. */
export interface SourcedSamples extends Samples {
  readonly sources: readonly TableSource[];
  /** What does not fit the space. */
  readonly misfits: Misfits;
}

/** What was fitted on a participant's training data. */
export interface Fitted {
  readonly preparation: Preparation;
  readonly operations: Operations;
}

export interface SamplesOptions {
  readonly space: CommonSpace;
  readonly action: Action;
  /** Data whose figures imputation and local scaling use; none: those of the data itself. */
  readonly fitTags?: Tags;
  /** Used instead of `fitTags`. */
  readonly fitted?: { readonly id: string; readonly preparation: Preparation };
  /** Default `required`: rows without a label are left out. Otherwise their target is NaN. */
  readonly labels?: 'required' | 'optional';
}

const KEPT = 8;

/** A participant's data, by tags. What was prepared is kept while the files stay the same. */
export class Datasets {
  readonly #dataDirectory: string;
  readonly #logger: Logger;
  readonly #prepared = new Map<string, SourcedSamples>();
  readonly #fitted = new Map<string, Fitted>();
  readonly #versions = new Map<string, string>();

  constructor({ dataDirectory, logger = silentLogger }: DatasetsOptions) {
    this.#dataDirectory = dataDirectory;
    this.#logger = logger;
  }

  /** Schema, levels, classes and version of the data below the tags: never rows. */
  async describe(
    tags: Tags,
    action: Action,
    labels: 'required' | 'optional' = 'required',
  ): Promise<DatasetDescription> {
    const folders = await this.#open(tags);
    const table = await this.#read(folders, labels);
    return describeTable(table, operationsOf(folders), action, await this.#versionOf(folders));
  }

  /** SHA-256 over the files below the tags. */
  async version(tags: Tags): Promise<string> {
    return this.#versionOf(await this.#open(tags));
  }

  async #versionOf(folders: readonly DatasetFolder[]): Promise<string> {
    return kept(this.#versions, await fingerprint(folders), () => dataVersion(folders));
  }

  /** The data in the common space. */
  async samples(tags: Tags, options: SamplesOptions): Promise<SourcedSamples> {
    const { space, action, fitted: given, labels = 'required' } = options;
    const fitTags = given === undefined ? (options.fitTags ?? []) : [];
    const folders = await this.#open(tags);
    const reference = fitTags.length === 0 ? folders : await this.#open(fitTags);
    const files = await fingerprint([...folders, ...reference]);
    const key = JSON.stringify([tags, space, action, labels, fitTags, given?.id, files]);
    return kept(this.#prepared, key, async () => {
      const table = await this.#read(folders, labels);
      const misfits = misfitsOf(table, space);
      const isReference = given === undefined && fitTags.length === 0 && labels === 'required';
      const own = isReference
        ? (await this.#fit(folders, space, table)).preparation
        : fitPreparation(table, space, operationsOf(folders));
      const fitted =
        given?.preparation ?? (fitTags.length === 0 ? own : (await this.#fit(reference, space)).preparation);
      const preparation = new Map(
        [...own].map(([name, column]) => {
          const as = fitted.get(name);
          return [name, as?.type === column.type ? as : column];
        }),
      );
      return { ...toSamples(table, space, preparation, action), sources: table.sources, misfits };
    });
  }

  /** What is fitted on the data below the tags. */
  async fit(tags: Tags, space: CommonSpace): Promise<Fitted> {
    return this.#fit(await this.#open(tags), space);
  }

  async #fit(folders: readonly DatasetFolder[], space: CommonSpace, table?: Table): Promise<Fitted> {
    const key = JSON.stringify([space, await fingerprint(folders)]);
    const operations = operationsOf(folders);
    return kept(this.#fitted, key, async () => ({
      preparation: fitPreparation(table ?? (await this.#read(folders, 'required')), space, operations),
      operations,
    }));
  }

  async #open(tags: Tags): Promise<readonly DatasetFolder[]> {
    const folders = await Promise.all(
      tags.map(async (tag) =>
        openDatasetFolder({ folder: await resolveTag(this.#dataDirectory, tag), name: tag.join('/') }),
      ),
    );
    for (const { name, datatype } of folders)
      if (datatype !== 'tabular')
        throw new InvalidDataset(
          name,
          `metadata.json: datatype '${datatype}' has no pipeline here; supported: tabular`,
        );
    return folders;
  }

  async #read(folders: readonly DatasetFolder[], labels: 'required' | 'optional'): Promise<Table> {
    const table = await readTable(folders, labels);
    this.#logReport(folders, table);
    if (table.rows === 0) {
      const what = labels === 'required' ? 'holds no row with a target' : 'holds no row';
      throw new InvalidDataset(folders.map(({ name }) => name).join(', '), what);
    }
    return table;
  }

  /** A warning is about data that is used: what is left out by choice is information. */
  #logReport(folders: readonly DatasetFolder[], { report }: Table): void {
    const { unknownColumns, spellings, ...gaps } = report;
    const common = { folders: folders.map(({ folder }) => folder) };
    const nested = folders.flatMap((folder) => folder.nested.map((path) => `${folder.name}/${path}`));
    if (unknownColumns.length > 0)
      this.#logger.info({ ...common, unknownColumns }, 'columns that schema.json does not name are not read');
    if (nested.length > 0)
      this.#logger.info({ nested }, 'sub-folders with a metadata.json are data sets of their own: not read');
    if (spellings.length > 0)
      this.#logger.warn({ ...common, columns: spellings }, 'levels differ only in upper and lower case');
    if (gaps.withoutTarget + Object.keys({ ...gaps.missing, ...gaps.misfits }).length > 0)
      this.#logger.warn(
        { ...common, ...gaps },
        'the data has gaps: missing and misfitting cells are imputed, rows without target left out',
      );
  }
}

/** Of several folders the first one's: they are prepared as one table. */
function operationsOf(folders: readonly DatasetFolder[]): DatasetFolder['operations'] {
  const [first] = folders;
  if (first === undefined) throw new InvalidDataset('(no folder)', 'there are no tags');
  return first.operations;
}

/** What is known under the key, else what `make` makes; only the newest few are kept. */
async function kept<Value>(
  known: Map<string, Value>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key) ?? (await make());
  known.set(key, value);
  for (const old of [...known.keys()].slice(0, -KEPT)) known.delete(old);
  return value;
}
