import { issuesOf, issuesText } from '@synergos/fed-algorithms';
import { z } from 'zod';
import { readJson, type DatasetFolder } from '../../datasets/dataset-folder.js';
import { InvalidDataset } from '../../errors.js';
import { cellType, typeNames, type CellType } from './cells.js';

/** The label's column. */
export const TARGET = 'target';
/** Columns and their types, as a folder's schema.json names them. */
export type TableSchema = ReadonlyMap<string, CellType>;

const schemaSchema = z.record(z.string(), z.string());

export async function readSchema(
  place: DatasetFolder,
  labels: 'required' | 'optional',
): Promise<TableSchema> {
  const schema = schemaSchema.safeParse(await readJson(place, 'schema.json'));
  if (!schema.success)
    throw new InvalidDataset(place.name, `schema.json: ${issuesText(issuesOf(schema.error))}`);
  const types = new Map<string, CellType>();
  for (const [column, name] of Object.entries(schema.data)) {
    const type = cellType(name);
    if (type === undefined)
      throw new InvalidDataset(
        place.name,
        `schema.json: column '${column}' has the unknown type '${name}'; known are ${typeNames}`,
      );
    types.set(column, type);
  }
  if (labels === 'required' && !types.has(TARGET))
    throw new InvalidDataset(place.name, `schema.json names no column '${TARGET}', the label`);
  return types;
}
