import { z } from 'zod';
import { idNames, keyOf, type RecordKey, type RecordKind, type RecordStore } from '@synergos/artifacts';
import { missing } from '../missing.js';
import {
  createOrReplace,
  createQuery,
  depthOf,
  presentAll,
  presentNew,
  presentOne,
  relationsQuery,
} from '../records.js';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { idSchema } from '@synergos/contract';

export interface RecordRoutes {
  readonly kind: RecordKind;
  readonly resource: string;
  readonly collection: string;
  /** Name of the id in the body of a POST. */
  readonly id: 'collab_id' | 'project_id' | 'expt_id' | 'run_id' | 'participant_id';
  /** An alternative field for the id, as the original client spells it. */
  readonly alias?: string;
  readonly fields: z.ZodObject;
  /** Fields for the OpenAPI document, if `prepare` checks more than `fields`. */
  readonly documentedFields?: z.ZodObject | undefined;
  /**
   * Changes a record before it is stored: defaults, checks beyond the schema. `sent` has only the fields of the
   * request.
   */
  readonly prepare?: (
    fields: Record<string, unknown>,
    sent: Readonly<Record<string, unknown>>,
    params: RecordKey,
  ) => Prepared | Promise<Prepared>;
  /** Called after a record of the kind was created or changed; `fields` are the fields of the request. */
  readonly changed?: (key: RecordKey, fields: Readonly<Record<string, unknown>>) => Promise<void>;
}

interface Prepared {
  readonly body: Readonly<Record<string, unknown>>;
  /** Further fields of the response. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Create, read, update and delete of one kind of record. */
export function recordRoutes(records: RecordStore, remove: Remove, options: RecordRoutes): Route[] {
  const {
    kind,
    resource,
    collection,
    id,
    alias,
    fields,
    prepare = (body): Prepared => ({ body }),
    changed,
    documentedFields: documented,
  } = options;
  const single = `${collection}/{${id}}`;
  const noun = kind.toLowerCase();
  const one = `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
  return [
    {
      method: 'post',
      path: collection,
      resource,
      summary: `Create ${one}.`,
      body: createSchema(options),
      ...(documented && { documentedBody: createSchema({ ...options, fields: documented }) }),
      query: createQuery,
      handle: async ({ params, body, query, overwrite }) => {
        const given = body as Record<string, unknown>;
        const own = given[id] ?? (alias === undefined ? undefined : given[alias]);
        const sent = known(fields, given, kind);
        const { body: stored, extra } = await prepare(sent, sent, params);
        const key = { ...params, [id]: String(own) } as RecordKey;
        const { record, status } = await createOrReplace(records, overwrite, kind, key, stored);
        await changed?.(key, given);
        const depth = depthOf({ query });
        const data = status === 201 ? presentNew(record, depth) : await presentOne(records, record, depth);
        return { status, data, ...(extra ? { extra } : {}) };
      },
    },
    {
      method: 'get',
      path: collection,
      resource,
      summary: `List all ${noun}s.`,
      query: relationsQuery,
      handle: async ({ params, query }) => {
        await requireParent(records, kind, params);
        const list = await records.list(kind, params);
        return { data: await presentAll(records, kind, list, params, depthOf({ query })) };
      },
    },
    {
      method: 'get',
      path: single,
      resource,
      summary: `Read ${one}.`,
      query: relationsQuery,
      handle: async ({ params, query }) => {
        const record = (await records.get(kind, params)) ?? missing(kind, params);
        return { data: await presentOne(records, record, depthOf({ query })) };
      },
    },
    {
      method: 'put',
      path: single,
      resource,
      summary: `Change fields of ${one}.`,
      body: z.looseObject(fields.partial().shape),
      ...(documented && { documentedBody: z.looseObject(documented.partial().shape) }),
      query: relationsQuery,
      handle: async ({ params, body, query }) => {
        const current = (await records.get(kind, params)) ?? missing(kind, params);
        const given = known(fields, body as Record<string, unknown>, kind);
        const merged = { ...current.body, ...given };
        const { body: stored, extra } = await prepare(merged, given, params);
        const record = (await records.update(kind, params, stored)) ?? missing(kind, params);
        await changed?.(params, given);
        const data = await presentOne(records, record, depthOf({ query }));
        return { data, ...(extra ? { extra } : {}) };
      },
    },
    {
      method: 'delete',
      path: single,
      resource,
      summary: `Delete ${one} and all below it.`,
      handle: (request) => remove(kind, request),
    },
  ];
}

function createSchema({ id, alias, fields }: RecordRoutes): z.ZodType {
  if (alias === undefined) return z.looseObject({ [id]: idSchema, ...fields.shape });
  return z
    .looseObject({ ...fields.shape, [id]: idSchema.nullish(), [alias]: idSchema.nullish() })
    .refine((body) => body[id] != null || body[alias] != null, { path: [id], error: 'expected an id' });
}

/** A list below a record that does not exist is a 404, not an empty list. */
async function requireParent(records: RecordStore, kind: RecordKind, params: RecordKey): Promise<void> {
  const parents = { Project: 'Collaboration', Experiment: 'Project', Run: 'Experiment' } as const;
  const parent = kind in parents ? parents[kind as keyof typeof parents] : undefined;
  if (parent !== undefined && (await records.get(parent, keyOf(parent, params))) === undefined)
    missing(parent, params);
}

/** Fields of every record, which are not stored as its own. */
const COMMON: ReadonlySet<string> = new Set([...idNames, 'doc_id', 'kind', 'key', 'created_at', 'relations']);

/** Runs store unknown fields, for plug-ins; other records store only their own fields. */
function known(
  fields: z.ZodObject,
  given: Record<string, unknown>,
  kind: RecordKind,
): Record<string, unknown> {
  const entries = Object.entries(given).filter(
    ([name, value]) => value !== undefined && value !== null && !COMMON.has(name),
  );
  return Object.fromEntries(kind === 'Run' ? entries : entries.filter(([name]) => name in fields.shape));
}
