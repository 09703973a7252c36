import { createHash } from 'node:crypto';
import type { RunArguments } from '@synergos/fed-algorithms';
import type { CommonSpace } from '@synergos/contract';

/** Raise it if the same stored records would train another model than before. */
const SCHEMA = 1;

/** The stored records that define a training. */
export interface StoredDefinition {
  readonly layers: unknown;
  /** Fields of the run that are arguments; others, such as the state of a trial, do not affect training. */
  readonly arguments: unknown;
  readonly action: unknown;
  readonly space: unknown;
  /** Tags of each participant, sorted by participant. */
  readonly tags: readonly (readonly [string, unknown])[];
  readonly dataVersions: ReadonlyMap<string, string>;
}

/** A project with its participants' tags, in the order in which version 0.1.0 digested them. */
interface TaggedProject {
  readonly action: string;
  readonly participants: ReadonlyMap<
    string,
    { readonly train: unknown; readonly evaluate: unknown; readonly predict: unknown }
  >;
}

/**
 * Digest of the definition of a training. It covers stored values only, not the defaults of this version: an argument that a
 * later version adds does not change the digest, so checkpoints stay valid.
 */
export function digestOf({ dataVersions, ...stored }: StoredDefinition): string {
  const parts = { schema: SCHEMA, ...stored, dataVersions: [...dataVersions].sort() };
  return `${SCHEMA}:${sha256(JSON.stringify(parts, sortedKeys))}`;
}

/**
 * The digest of version 0.1.0 for the same training, which covered every argument that version knew: those that the run's
 * record holds.
 */
export function digestOfVersion010(
  { layers, arguments: given, dataVersions }: StoredDefinition,
  args: RunArguments,
  { action, participants }: TaggedProject,
  { datatype, features, columns, classes }: CommonSpace,
): string {
  const known = Object.entries(args).filter(([name]) => Object.hasOwn(given as object, name));
  const space = {
    datatype,
    features,
    columns: columns.map(({ name, type, levels, range }) => ({ name, type, levels, range })),
    classes,
  };
  const tags = [...participants].map(
    ([id, { train, evaluate, predict }]) => [id, { train, evaluate, predict }] as const,
  );
  const parts = [layers, Object.fromEntries(known), action, space, tags, [...dataVersions].sort()];
  return sha256(JSON.stringify(parts));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
