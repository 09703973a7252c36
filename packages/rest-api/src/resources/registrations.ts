import { z } from 'zod';
import { hierarchy, type RecordKey, type RecordStore, type StoredRecord } from '@synergos/artifacts';
import { dropAlignments } from '../alignment-state.js';
import { ApiError } from '../errors.js';
import { present, presentOne, type Presented } from '../records.js';
import type { Answer, ApiRequest, Route } from '../route.js';
import { missing, removeRecord } from './record-routes.js';

/** The same registration, seen from the project and from the participant. */
const PATHS = [
  '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/participants/{participant_id}/registration',
  '/ttp/connect/participants/{participant_id}/collaborations/{collab_id}/projects/{project_id}/registration',
];
const LISTS = [
  '/ttp/connect/collaborations/{collab_id}/registrations',
  '/ttp/connect/collaborations/{collab_id}/projects/{project_id}/registrations',
  '/ttp/connect/participants/{participant_id}/registrations',
  '/ttp/connect/participants/{participant_id}/collaborations/{collab_id}/registrations',
];

const portNumber = z.number().int().min(0).max(65_535);
const nodeSchema = z.object({
  host: z.string().min(1).max(500),
  port: portNumber,
  f_port: portNumber.nullish(),
  log_msgs: z.boolean().nullish(),
  verbose: z.boolean().nullish(),
});
const MOST_NODES = 1000;
const registrationSchema = z.looseObject({
  role: z.enum(['host', 'guest', 'arbiter']),
  n_count: z.number().int().min(1).max(MOST_NODES).nullish(),
});

const token = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !text.startsWith('/') && !text.includes('\0') && !text.split(/[\\/]/).includes('..'), {
    error: "a tag stays below the worker's data directory: no '..', no leading '/'",
  });
const tag = z.array(token).min(1).max(50);
const tags = z.array(tag).max(1000);
/** Kept and returned, without a meaning here. */
const described = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish();
const tagSchema = z.object({
  train: tags.min(1),
  evaluate: tags.nullish(),
  predict: tags.nullish(),
  model: described,
  hyperparameters: described,
});

export function registrations(records: RecordStore): Route[] {
  return [
    ...PATHS.flatMap(single),
    ...PATHS.flatMap((path) => tagRoutes(`${path}/tags`)),
    ...LISTS.map(list),
  ];

  function single(path: string): Route[] {
    const base = { path, resource: 'registration' };
    return [
      {
        ...base,
        method: 'post',
        summary: 'Register a participant to a project, with one node a grid.',
        body: registrationSchema,
        handle: async ({ params, body }) => {
          const record = await records.create('Registration', params, checkNodes(withoutNulls(body)));
          return { status: 201, data: await embed(record) };
        },
      },
      {
        ...base,
        method: 'get',
        summary: 'Read a registration.',
        handle: async ({ params }) => ({ data: await embed(await need('Registration', params)) }),
      },
      {
        ...base,
        method: 'put',
        summary: 'Change a registration.',
        body: z.looseObject(registrationSchema.partial().shape),
        handle: async ({ params, body }) => {
          const current = await need('Registration', params);
          const merged = checkNodes({ ...current.body, ...withoutNulls(body) });
          return { data: await embed((await records.update('Registration', params, merged)) ?? current) };
        },
      },
      {
        ...base,
        method: 'delete',
        summary: 'Delete a registration with its tags and alignments.',
        handle: (request: ApiRequest) => remove('Registration', request),
      },
    ];
  }

  function tagRoutes(path: string): Route[] {
    const base = { path, resource: 'tag' };
    return [
      {
        ...base,
        method: 'post',
        summary: "Say which of the participant's folders are used.",
        body: tagSchema,
        handle: async ({ params, body }) => {
          const record = await records.create('Tag', params, withoutNulls(body));
          return { status: 201, data: await presentOne(records, record) };
        },
      },
      {
        ...base,
        method: 'get',
        summary: 'Read the tags.',
        handle: async ({ params }) => ({ data: await presentOne(records, await need('Tag', params)) }),
      },
      {
        ...base,
        method: 'put',
        summary: 'Change the tags. The project has to be aligned again.',
        body: tagSchema.partial(),
        handle: async ({ params, body }) => {
          await need('Tag', params);
          const record = await records.update('Tag', params, withoutNulls(body));
          await dropAlignments(records, params);
          return { data: await presentOne(records, record ?? missing('Tag', params)) };
        },
      },
      {
        ...base,
        method: 'delete',
        summary: 'Delete the tags and the alignment made from them.',
        handle: (request: ApiRequest) => remove('Tag', request),
      },
    ];
  }

  function list(path: string): Route {
    return {
      method: 'get',
      path,
      resource: 'registrations',
      summary: 'List registrations.',
      handle: async ({ params }) => {
        for (const kind of ['Collaboration', 'Project', 'Participant'] as const)
          if (
            hierarchy[kind].ids.every((id) => id in params) &&
            (await records.get(kind, params)) === undefined
          )
            missing(kind, params);
        return { data: await Promise.all((await records.list('Registration', params)).map(embed)) };
      },
    };
  }

  async function remove(kind: 'Registration' | 'Tag', request: ApiRequest): Promise<Answer> {
    const answer = await removeRecord(records, kind, request);
    await dropAlignments(records, request.params);
    return answer;
  }

  async function need(kind: 'Registration' | 'Tag', key: RecordKey): Promise<StoredRecord> {
    return (await records.get(kind, key)) ?? missing(kind, key);
  }

  async function embed(record: StoredRecord): Promise<Presented> {
    const [collaboration, project, participant] = await Promise.all([
      records.get('Collaboration', record.key),
      records.get('Project', record.key),
      records.get('Participant', record.key),
    ]);
    return {
      ...(await presentOne(records, record)),
      collaboration: collaboration && present(collaboration),
      project: project && present(project),
      participant: participant && present(participant),
    };
  }
}

/** Nodes are `node_0` … `node_<n−1>`, one a grid, in grid order. */
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

function withoutNulls(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body as object).filter(([, value]) => value !== null && value !== undefined),
  );
}
