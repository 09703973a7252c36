import { z } from 'zod';
import type { RecordKey, RecordStore } from '@synergos/artifacts';
import { dropAlignments } from '../alignment-state.js';
import { withoutNulls } from '../nulls.js';
import { createOrReplace, createQuery, depthOf, presentNew, presentOne, relationsQuery } from '../records.js';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { missing } from '../missing.js';
import { REGISTRATION_PATHS } from './registrations.js';

const token = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !text.startsWith('/') && !text.includes('\0') && !text.split(/[\\/]/).includes('..'), {
    error: "a tag stays below the worker's data directory: no '..', no leading '/'",
  });
const tag = z.array(token).min(1).max(50);
export const tagList = z.array(tag).max(1000);
/** Stored and returned, but not used. */
const described = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish();
export const tagSchema = z.object({
  train: tagList.min(1),
  evaluate: tagList.nullish(),
  predict: tagList.nullish(),
  model: described,
  hyperparameters: described,
});

/** The participant's folders to use, below each of the registration's paths. */
export function tags(records: RecordStore, remove: Remove): Route[] {
  return REGISTRATION_PATHS.flatMap((registration): Route[] => {
    const base = { path: `${registration}/tags`, resource: 'tag', query: relationsQuery };
    return [
      {
        ...base,
        method: 'post',
        summary: "Say which of the participant's folders are used.",
        body: tagSchema,
        query: createQuery,
        handle: async ({ params, body, query, overwrite }) => {
          const named = { evaluate: [], predict: [], ...withoutNulls(body) };
          const { record, status } = await createOrReplace(records, overwrite, 'Tag', params, named);
          if (status === 200) await dropAlignments(records, params);
          return { status, data: presentNew(record, depthOf({ query })) };
        },
      },
      {
        ...base,
        method: 'get',
        summary: 'Read the tags.',
        handle: async ({ params, query }) => ({
          data: await presentOne(records, await need(params), depthOf({ query })),
        }),
      },
      {
        ...base,
        method: 'put',
        summary: 'Change the tags. The project has to be aligned again.',
        body: tagSchema.partial(),
        handle: async ({ params, body, query }) => {
          await need(params);
          const record = await records.update('Tag', params, withoutNulls(body));
          await dropAlignments(records, params);
          return { data: await presentOne(records, record ?? missing('Tag', params), depthOf({ query })) };
        },
      },
      {
        ...base,
        method: 'delete',
        summary: 'Delete the tags. The project has to be aligned again.',
        handle: async (request) => {
          const answer = await remove('Tag', request);
          await dropAlignments(records, request.params);
          return answer;
        },
      },
    ];
  });

  async function need(key: RecordKey) {
    return (await records.get('Tag', key)) ?? missing('Tag', key);
  }
}
