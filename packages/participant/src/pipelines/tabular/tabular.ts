import { InvalidDataset } from '../../errors.js';
import type { Pipeline } from '../pipeline.js';
import { predictionsCsv } from '../predictions-csv.js';
import { describeTable } from './describe.js';
import { misfitsOf } from './misfits.js';
import { completePreparation, fitPreparation, type Preparation } from './preparation.js';
import { fromPreprocessing, toPreprocessing, type FittedTable } from './preprocessing.js';
import { logReport } from './report.js';
import { settingsSchema, type TabularSettings } from './settings.js';
import { readTable, type Table } from './table.js';
import { toSamples } from './to-samples.js';

/** Rows of CSV files whose columns a schema.json names: categories are one-hot encoded, numbers are scaled. */
export const tabular: Pipeline<TabularSettings, Table, FittedTable> = {
  datatype: 'tabular',
  settings: settingsSchema,
  async read(folders, { labels, logger }) {
    const table = await readTable(folders, labels);
    logReport(logger, folders, table.report);
    if (table.rows > 0) return table;
    const what = labels === 'required' ? 'holds no row with a target' : 'holds no row';
    throw new InvalidDataset(folders.map(({ name }) => name).join(', '), what);
  },
  describe: describeTable,
  fit: (table, space) => ({ columns: fitPreparation(table, space), operations: table.operations }),
  samples(table, { space, action, fitted }) {
    const misfits = misfitsOf(table, space);
    const preparation: Preparation = completePreparation(fitted.columns, table, space);
    return { ...toSamples(table, space, preparation, action), sources: table.sources, misfits };
  },
  predictions: (inference, sources, { classes }) => predictionsCsv(inference, sources, classes),
  save: toPreprocessing,
  restore: fromPreprocessing,
};
