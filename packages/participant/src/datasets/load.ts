import type { CommonSpace, DatasetDescription } from '@synergos/rpc-core';
import { InvalidDataset } from '../errors.js';
import { silentLogger, type Logger } from '../logger.js';
import { describeTable } from '../pipelines/tabular/describe.js';
import { readTable, type Table } from '../pipelines/tabular/table.js';
import { toSamples } from '../pipelines/tabular/to-samples.js';
import type { Samples } from '../training/index.js';
import { dataVersion, fingerprint, openDatasetFolder, type DatasetFolder } from './dataset-folder.js';
import { resolveTag } from './tag-folder.js';

export interface DatasetsOptions {
  readonly dataDirectory: string;
  readonly logger?: Logger;
}

type Action = 'regress' | 'classify';
type Tags = readonly (readonly string[])[];

const KEPT = 8;

/** A participant's data, by tags. What was prepared is kept while the files stay the same. */
export class Datasets {
  readonly #dataDirectory: string;
  readonly #logger: Logger;
  readonly #prepared = new Map<string, Samples>();

  constructor({ dataDirectory, logger = silentLogger }: DatasetsOptions) {
    this.#dataDirectory = dataDirectory;
    this.#logger = logger;
  }

  /** Schema, levels, classes and version of the data below the tags: never rows. */
  async describe(tags: Tags, action: Action): Promise<DatasetDescription> {
    const folders = await this.#open(tags);
    const table = await this.#read(folders);
    return describeTable(table, operationsOf(folders), action, await dataVersion(folders));
  }

  /** The data in the common space. */
  async samples(tags: Tags, space: CommonSpace, action: Action): Promise<Samples> {
    const folders = await this.#open(tags);
    const key = JSON.stringify([tags, space, action, await fingerprint(folders)]);
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const samples = toSamples(await this.#read(folders), space, operationsOf(folders), action);
    this.#prepared.set(key, samples);
    for (const old of [...this.#prepared.keys()].slice(0, -KEPT)) this.#prepared.delete(old);
    return samples;
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

  async #read(folders: readonly DatasetFolder[]): Promise<Table> {
    const table = await readTable(folders);
    const { empty, misfits, unknownColumns, withoutTarget } = table.report;
    if (empty + withoutTarget + unknownColumns.length + Object.keys(misfits).length > 0)
      this.#logger.warn(
        { folders: folders.map(({ folder }) => folder), ...table.report },
        'the data has gaps: empty and misfitting cells are imputed, rows without target and unknown columns left out',
      );
    if (table.rows === 0)
      throw new InvalidDataset(folders.map(({ name }) => name).join(', '), 'holds no row with a target');
    return table;
  }
}

/** Of several folders the first one's: they are prepared as one table. */
function operationsOf(folders: readonly DatasetFolder[]): DatasetFolder['operations'] {
  const [first] = folders;
  if (first === undefined) throw new InvalidDataset('(no folder)', 'there are no tags');
  return first.operations;
}
