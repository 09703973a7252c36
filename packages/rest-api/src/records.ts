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

/** Fields that the system keeps on records for itself. */
const INTERNAL = new Set(['common_space']);

export function present(
  record: StoredRecord,
  relations: Readonly<Record<string, readonly Presented[]>> = {},
): Presented {
  const { doc_id, kind, key, created_at, body } = record;
  const fields = Object.fromEntries(Object.entries(body).filter(([name]) => !INTERNAL.has(name)));
  return { ...fields, ...key, doc_id, kind, key, created_at, relations };
}

/** Records of one kind with the records directly below them. `shared`: ids that all of them have in common. */
export async function presentAll(
  records: RecordStore,
  kind: RecordKind,
  list: readonly StoredRecord[],
  shared: RecordKey,
): Promise<readonly Presented[]> {
  const below = await Promise.all(
    childrenOf(kind).map(async (child) => {
      const groups = new Map<string, Presented[]>();
      for (const record of list.length === 0 ? [] : await records.list(child, shared)) {
        const parent = JSON.stringify(keyOf(kind, record.key));
        groups.set(parent, [...(groups.get(parent) ?? []), present(record)]);
      }
      return { child, groups };
    }),
  );
  return list.map((record) =>
    present(
      record,
      Object.fromEntries(
        below.map(({ child, groups }) => [child, groups.get(JSON.stringify(keyOf(kind, record.key))) ?? []]),
      ),
    ),
  );
}

export async function presentOne(records: RecordStore, record: StoredRecord): Promise<Presented> {
  const [presented] = await presentAll(records, record.kind, [record], record.key);
  return presented ?? present(record);
}
