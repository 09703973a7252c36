import {
  childrenOf,
  keyOf,
  type RecordKey,
  type RecordKind,
  type RecordStore,
  type StoredRecord,
} from '@synergos/artifacts';

/** A record as clients see it: its own fields at top level. */
export type Presented = Readonly<Record<string, unknown>>;

export function present(
  record: StoredRecord,
  relations: Readonly<Record<string, readonly Presented[]>> = {},
): Presented {
  const { doc_id, kind, key, created_at, body } = record;
  // The system keeps the common space for itself: JSON leaves out what is undefined.
  return { ...body, common_space: undefined, ...key, doc_id, kind, key, created_at, relations };
}

/** Records of one kind with the records directly below them. `shared`: ids that all of them have in common. */
export async function presentAll(
  records: RecordStore,
  kind: RecordKind,
  list: readonly StoredRecord[],
  shared: RecordKey,
): Promise<readonly Presented[]> {
  const relations = new Map(list.map(({ key }) => [idOf(kind, key), emptyRelations(kind)]));
  const children = list.length === 0 ? [] : childrenOf(kind);
  const below = await Promise.all(children.map((child) => records.list(child, shared)));
  for (const record of below.flat())
    relations.get(idOf(kind, record.key))?.[record.kind]?.push(present(record));
  return list.map((record) => present(record, relations.get(idOf(kind, record.key))));
}

const idOf = (kind: RecordKind, key: RecordKey) => JSON.stringify(keyOf(kind, key));
const emptyRelations = (kind: RecordKind) =>
  Object.fromEntries(childrenOf(kind).map((child): [string, Presented[]] => [child, []]));

export async function presentOne(records: RecordStore, record: StoredRecord): Promise<Presented> {
  const [presented] = await presentAll(records, record.kind, [record], record.key);
  return presented ?? present(record);
}
