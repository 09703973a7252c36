import { issuesOf, issuesText } from '@synergos/fed-algorithms';
import { z } from 'zod';
import { readJson, type FolderPlace } from '../../datasets/json-file.js';
import { InvalidDataset } from '../../errors.js';
import type { Labels } from '../pipeline.js';
import { cellType, isFreeText, typeNames, type CellType } from './cells.js';

/** Name of the label's column. */
export const TARGET = 'target';
/** Types by column, from a schema.json. */
export type TableSchema = ReadonlyMap<string, CellType>;

const schemaSchema = z.record(z.string(), z.string());

/** Reads `file`, a schema.json of the data folder. Throws `InvalidDataset` that names the column. */
export async function readSchema(place: FolderPlace, file: string, labels: Labels): Promise<TableSchema> {
  const refuse = (fault: string) => new InvalidDataset(place.name, `${file}${fault}`);
  const schema = schemaSchema.safeParse(await readJson(place, file));
  if (!schema.success) throw refuse(`: ${issuesText(issuesOf(schema.error))}`);
  const types = new Map<string, CellType>();
  for (const [name, typeName] of Object.entries(schema.data)) {
    const column = columnName(name);
    if (isFreeText(typeName))
      throw refuse(
        `: column '${column}' has the type ${typeName.toLowerCase()}: its values would be sent to the TTP and to all participants; ` +
          'declare it as category if they may be, or remove it from the file',
      );
    const type = cellType(typeName);
    if (type === undefined)
      throw refuse(
        `: column '${column}' has the unknown type '${typeName.slice(0, 30)}'; known are ${typeNames}`,
      );
    types.set(column, type);
  }
  if (labels === 'required' && !types.has(TARGET)) throw refuse(` names no column '${TARGET}', the label`);
  return types;
}

/** One spelling per column: outer blanks do not count, composed and decomposed Unicode are the same. */
export function columnName(text: string): string {
  return text.trim().normalize('NFC');
}
