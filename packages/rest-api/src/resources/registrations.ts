import { hostSchema } from '@synergos/contract';
import { z } from 'zod';
import { hierarchy, type RecordKey, type RecordStore, type StoredRecord } from '@synergos/artifacts';
import { dropAlignments } from '../alignment-state.js';
import { ApiError } from '../errors.js';
import {
  createOrReplace,
  createQuery,
  depthOf,
  idOf,
  present,
  presentAll,
  relationsQuery,
  restrictTo,
  type Depth,
  type Presented,
} from '../records.js';
import { withoutNulls } from '../nulls.js';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { missing } from '../missing.js';

/** The same registration, below the project and below the participant. */
export const REGISTRATION_PATHS = [
  '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/participants/{participant_id}/registration',
  '/ttp/connect/participants/{participant_id}/collaborations/{collab_id}/projects/{project_id}/registration',
];
const LISTS = [
  '/ttp/connect/collaborations/{collab_id}/registrations',
  '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/registrations',
  '/ttp/connect/participants/{participant_id}/registrations',
  '/ttp/connect/participants/{participant_id}/collaborations/{collab_id}/registrations',
];

const CONNECTED = ['Collaboration', 'Project', 'Participant'] as const;

const portNumber = z.number().int().min(0).max(65_535);
export const nodeSchema = z.object({
  host: hostSchema,
  port: portNumber,
  f_port: portNumber.nullish(),
  log_msgs: z.boolean().nullish(),
  verbose: z.boolean().nullish(),
});
const MOST_NODES = 1000;
export const registrationSchema = z.looseObject({
  role: z.enum(['host', 'guest', 'arbiter']),
  n_count: z.number().int().min(1).max(MOST_NODES).nullish(),
});

export function registrations(records: RecordStore, remove: Remove): Route[] {
  return [...REGISTRATION_PATHS.flatMap(single), ...LISTS.map(list)];

  function single(path: string): Route[] {
    const base = { path, resource: 'registration', query: relationsQuery };
    return [
      {
        ...base,
        method: 'post',
        summary: 'Register a participant to a project, with one node a grid.',
        body: registrationSchema,
        query: createQuery,
        handle: async ({ params, body, query, overwrite }) => {
          const nodes = checkNodes(withoutNulls(body));
          const { record, status } = await createOrReplace(records, overwrite, 'Registration', params, nodes);
          return { status, data: await embed(record, depthOf({ query })) };
        },
      },
      {
        ...base,
        method: 'get',
        summary: 'Read a registration.',
        handle: async ({ params, query }) => ({
          data: await embed(await need(params), depthOf({ query })),
        }),
      },
      {
        ...base,
        method: 'put',
        summary: 'Change a registration.',
        body: z.looseObject(registrationSchema.partial().shape),
        handle: async ({ params, body, query }) => {
          const current = await need(params);
          const merged = checkNodes({ ...current.body, ...withoutNulls(body) });
          const record = (await records.update('Registration', params, merged)) ?? current;
          return { data: await embed(record, depthOf({ query })) };
        },
      },
      {
        ...base,
        method: 'delete',
        summary: 'Delete a registration with its tags and alignments.',
        handle: async (request) => {
          const answer = await remove('Registration', request);
          await dropAlignments(records, request.params);
          return answer;
        },
      },
    ];
  }

  function list(path: string): Route {
    return {
      method: 'get',
      path,
      resource: 'registrations',
      summary: 'List registrations.',
      query: relationsQuery,
      handle: async ({ params, query }) => {
        for (const kind of CONNECTED)
          if (
            hierarchy[kind].ids.every((id) => id in params) &&
            (await records.get(kind, params)) === undefined
          )
            missing(kind, params);
        const list = await records.list('Registration', params);
        return { data: await embedAll(list, params, depthOf({ query })) };
      },
    };
  }

  async function need(key: RecordKey): Promise<StoredRecord> {
    return (await records.get('Registration', key)) ?? missing('Registration', key);
  }

  async function embed(record: StoredRecord, depth: Depth): Promise<Presented> {
    const [embedded] = await embedAll([record], record.key, depth);
    return embedded ?? present(record);
  }

  /** Registrations with their collaboration, project and participant, read with one query per kind. */
  async function embedAll(
    list: readonly StoredRecord[],
    shared: RecordKey,
    depth: Depth,
  ): Promise<readonly Presented[]> {
    const [presented, collaborations, projects, participants] = await Promise.all([
      presentAll(records, 'Registration', list, shared, depth),
      ...CONNECTED.map(async (kind) => {
        const all = await records.list(kind, restrictTo(kind, shared));
        return new Map(all.map((record) => [idOf(kind, record.key), present(record)]));
      }),
    ]);
    return list.map(({ key }, index) => ({
      ...presented[index],
      collaboration: collaborations?.get(idOf('Collaboration', key)),
      project: projects?.get(idOf('Project', key)),
      participant: participants?.get(idOf('Participant', key)),
    }));
  }
}

/** Nodes are `node_0` … `node_<n−1>`, one per grid, in grid order. */
function checkNodes(body: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(body).filter((name) => /^node_\d+$/.test(name));
  const count = names.length;
  const errors = names.flatMap((name) => {
    const node = nodeSchema.safeParse(body[name]);
    if (node.success) return [];
    return node.error.issues.map(({ path, message }) => ({ path: [name, ...path].join('.'), message }));
  });
  const expected = typeof body.n_count === 'number' ? body.n_count : count;
  for (let index = 0; index < expected; index++)
    if (!(`node_${index}` in body))
      errors.push({
        path: `node_${index}`,
        message: `n_count is ${expected}, so node_0 to node_${expected - 1} are expected`,
      });
  if (expected !== count && errors.length === 0)
    errors.push({ path: 'n_count', message: `${count} nodes are given, n_count is ${expected}` });
  if (errors.length > 0)
    throw new ApiError(400, errors.map(({ path, message }) => `${path}: ${message}`).join('; '), errors);
  const kept = ['role', ...names];
  return { ...Object.fromEntries(kept.map((name) => [name, body[name]])), n_count: count };
}
