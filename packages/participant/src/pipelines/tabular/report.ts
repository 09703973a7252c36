import type { Logger } from '@synergos/contract';
import type { DataFolder } from '../../datasets/data-folder.js';
import type { TableReport } from './rows.js';

/** Logs the oddities of files: warnings for data that is used, information for data left out by choice. */
export function logReport(logger: Logger, folders: readonly DataFolder[], report: TableReport): void {
  const { unknownColumns, spellings, ...gaps } = report;
  const common = { folders: folders.map(({ folder }) => folder) };
  if (unknownColumns.length > 0)
    logger.info({ ...common, unknownColumns }, 'skipped columns that schema.json does not name');
  if (spellings.length > 0)
    logger.warn({ ...common, columns: spellings }, 'found levels that differ only in case');
  if (gaps.withoutTarget + Object.keys({ ...gaps.missing, ...gaps.misfits }).length > 0)
    logger.warn({ ...common, ...gaps }, 'imputed missing and misfitting cells, left out rows without target');
}
