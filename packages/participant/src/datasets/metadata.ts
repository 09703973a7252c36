import { issuesOf, issuesText } from '@synergos/fed-algorithms';
import type { z } from 'zod';
import { InvalidDataset } from '../errors.js';
import { closest } from './closest.js';
import { readJson, type FolderPlace } from './json-file.js';

/** Schemas of the settings in metadata.json, by data type. */
export type SettingsSchemas = ReadonlyMap<string, { readonly settings: z.ZodObject }>;

/** Content of a folder's metadata.json: the data type, and the settings that its pipeline defines. */
export interface Metadata {
  readonly datatype: string;
  readonly settings: unknown;
}

/** Reads and checks metadata.json. Throws `InvalidDataset`, which suggests the correct spelling of an unknown key. */
export async function readMetadata(place: FolderPlace, schemas: SettingsSchemas): Promise<Metadata> {
  const json = await readJson(place, 'metadata.json');
  const refuse = (fault: string) => new InvalidDataset(place.name, `metadata.json: ${fault}`);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw refuse('expected an object such as {"datatype": "tabular"}');
  const { datatype, ...given } = json as { readonly datatype?: unknown };
  // The value stays out of the message, which leaves the machine.
  const schema = typeof datatype === 'string' ? schemas.get(datatype)?.settings : undefined;
  if (schema === undefined || typeof datatype !== 'string')
    throw refuse(`datatype: expected one that has a pipeline here: ${[...schemas.keys()].join(', ')}`);
  const known = ['datatype', ...Object.keys(schema.shape)];
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw refuse(unknownKey(unknown, known));
  const settings = schema.safeParse(given);
  if (!settings.success) throw refuse(issuesText(issuesOf(settings.error)));
  return { datatype, settings: settings.data };
}

/** Message for a key that is not known, with the known key it most likely misspells. */
export function unknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known);
  const shown = `unknown key '${key.slice(0, 50)}'`;
  return near === undefined
    ? `${shown}; known keys are ${known.join(', ')}`
    : `${shown}; did you mean '${near}'?`;
}
