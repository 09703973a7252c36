import { z } from 'zod';
import { idSchema } from '@synergos/contract';
import type { RecordStore } from '@synergos/artifacts';
import { dropAlignments } from '../alignment-state.js';
import type { Remove } from '../removal.js';
import type { Route } from '../route.js';
import { missing } from '../missing.js';
import { recordRoutes } from './record-routes.js';

export interface ParticipantAccess {
  /** A new token for the participant's worker, by default without expiry; it replaces the older one. */
  issueToken(participant: string, expiresAt?: Date): Promise<string>;
  revokeToken(participant: string): Promise<void>;
  status(participant: string): object | undefined;
}

const COLLECTION = '/ttp/connect/participants';
const text = z.string().max(10_000).nullish();
export const fields = z.object({
  id: idSchema.nullish(),
  category: z.array(z.string().max(200)).nullish(),
  summary: text,
  phone: text,
  email: text,
  socials: z.record(z.string(), z.string()).nullish(),
});

const MOST_TOKEN_SECONDS = 10 * 365 * 86_400;
export const tokenBody = z
  .object({
    /** Seconds until the token expires; null: it is valid until a newer one is issued. */
    expires_in: z.number().int().min(1).max(MOST_TOKEN_SECONDS).nullish(),
  })
  .nullish();

export function participants(records: RecordStore, remove: Remove, access: ParticipantAccess): Route[] {
  const routes = recordRoutes(records, remove, {
    kind: 'Participant',
    resource: 'participants',
    collection: COLLECTION,
    id: 'participant_id',
    alias: 'id',
    fields,
  });
  return [
    ...routes.map((route): Route =>
      route.method !== 'delete'
        ? route
        : {
            ...route,
            handle: async (request) => {
              const { participant_id = '' } = request.params;
              const registrations = await records.list('Registration', { participant_id });
              const answer = await route.handle(request);
              await access.revokeToken(participant_id);
              for (const { key } of registrations) await dropAlignments(records, key);
              return answer;
            },
          },
    ),
    {
      method: 'post',
      path: `${COLLECTION}/{participant_id}/token`,
      resource: 'tokens',
      summary:
        "Make a token for the participant's worker. It is shown this once; an older one no longer holds.",
      body: tokenBody,
      handle: async ({ params, body }) => {
        const { participant_id = '' } = params;
        if ((await records.get('Participant', { participant_id })) === undefined)
          missing('Participant', { participant_id });
        const seconds = (body as z.infer<typeof tokenBody>)?.expires_in ?? undefined;
        const expiresAt = seconds === undefined ? undefined : new Date(Date.now() + seconds * 1000);
        const token = await access.issueToken(participant_id, expiresAt);
        return { status: 201, data: { participant_id, token, expires_at: expiresAt?.toISOString() ?? null } };
      },
    },
    {
      method: 'get',
      path: '/ttp/participants/{participant_id}/status',
      resource: 'status',
      summary: "Whether the participant's worker is connected, and what it runs on.",
      handle: async ({ params }) => {
        const { participant_id = '' } = params;
        if ((await records.get('Participant', { participant_id })) === undefined)
          missing('Participant', { participant_id });
        return { data: access.status(participant_id) ?? { participant: participant_id, connected: false } };
      },
    },
  ];
}
