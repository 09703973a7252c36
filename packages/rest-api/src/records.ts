import { z } from 'zod';
import {
  childrenOf,
  hierarchy,
  keyOf,
  RecordExists,
  type RecordKey,
  type RecordKind,
  type RecordStore,
  type StoredRecord,
} from '@synergos/artifacts';

/** A record as clients see it, with its own fields at the top level. */
export type Presented = Readonly<Record<string, unknown>>;

/** Depth of the records below it that `relations` contains. */
export const relationsQuery = z.object({
  relations: z
    .enum(['none', 'children', 'all'])
    .default('all')
    .describe('Records below each record to include: all descendants, its children, or none.'),
});
export type Depth = z.output<typeof relationsQuery>['relations'];

/** Parameters of a POST that creates a record. */
export const createQuery = relationsQuery.extend({
  overwrite: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      'Replace a record of the same id, with what lies below it kept. Default: 409, unless the server is set otherwise.',
    ),
});

/** Creates a record, or replaces the one with its key if `overwrite` allows it. */
export async function createOrReplace(
  records: RecordStore,
  overwrite: boolean,
  ...[kind, key, body]: Parameters<RecordStore['create']>
): Promise<{ readonly record: StoredRecord; readonly status: 200 | 201 }> {
  try {
    return { record: await records.create(kind, key, body), status: 201 };
  } catch (error) {
    if (!overwrite || !(error instanceof RecordExists)) throw error;
    return { record: await records.put(kind, key, body), status: 200 };
  }
}

/** The parsed query of a route whose `query` includes `relationsQuery`. */
export function depthOf({ query }: { readonly query: unknown }): Depth {
  return (query as z.output<typeof relationsQuery>).relations;
}

/** The kinds in `relations`, flat, as in Synergos. Records of other kinds have none. */
const shownBelow: Partial<Readonly<Record<RecordKind, readonly RecordKind[]>>> = {
  Collaboration: ['Project', 'Experiment', 'Run', 'Registration', 'Tag', 'Model', 'Validation', 'Prediction'],
  Project: ['Experiment', 'Run', 'Registration', 'Tag', 'Model', 'Validation', 'Prediction'],
  Experiment: ['Run', 'Model', 'Validation', 'Prediction'],
  Run: ['Model', 'Validation', 'Prediction'],
  Participant: ['Registration', 'Tag'],
  Registration: ['Tag', 'Alignment'],
  Tag: ['Alignment'],
};

function relatedKinds(kind: RecordKind, depth: Depth): readonly RecordKind[] {
  if (depth === 'none') return [];
  const kinds = shownBelow[kind] ?? [];
  return depth === 'all' ? kinds : kinds.filter((below) => childrenOf(kind).includes(below));
}

export function present(
  record: StoredRecord,
  relations: Readonly<Record<string, readonly Presented[]>> = {},
): Presented {
  const { doc_id, kind, key, created_at, body } = record;
  // The common feature space is internal to the system: JSON omits undefined fields.
  return { ...body, common_space: undefined, ...key, doc_id, kind, key, created_at, relations };
}

/** A new record: no records are below it yet. */
export function presentNew(record: StoredRecord, depth: Depth): Presented {
  return present(record, emptyRelations(relatedKinds(record.kind, depth)));
}

/**
 * Records of one kind with the records below them, read with one query per kind.
 *
 * @param shared - Ids that all records of `list` have in common.
 */
export async function presentAll(
  records: RecordStore,
  kind: RecordKind,
  list: readonly StoredRecord[],
  shared: RecordKey,
  depth: Depth = 'all',
): Promise<readonly Presented[]> {
  const kinds = relatedKinds(kind, depth);
  const relations = new Map(list.map(({ key }) => [idOf(kind, key), emptyRelations(kinds)]));
  const queried = list.length === 0 ? [] : kinds;
  const below = await Promise.all(queried.map((one) => records.list(one, restrictTo(one, shared))));
  for (const record of below.flat())
    relations.get(idOf(kind, record.key))?.[record.kind]?.push(present(record));
  return list.map((record) => present(record, relations.get(idOf(kind, record.key))));
}

export async function presentOne(
  records: RecordStore,
  record: StoredRecord,
  depth: Depth = 'all',
): Promise<Presented> {
  const [presented] = await presentAll(records, record.kind, [record], record.key, depth);
  return presented ?? present(record);
}

/** Selects the ids of a kind from a key. */
export function restrictTo(kind: RecordKind, key: RecordKey): RecordKey {
  const given = hierarchy[kind].ids.filter((id) => key[id] !== undefined);
  return Object.fromEntries(given.map((id) => [id, key[id]]));
}

export const idOf = (kind: RecordKind, key: RecordKey) => JSON.stringify(keyOf(kind, key));
const emptyRelations = (kinds: readonly RecordKind[]) =>
  Object.fromEntries(kinds.map((kind): [string, Presented[]] => [kind, []]));
