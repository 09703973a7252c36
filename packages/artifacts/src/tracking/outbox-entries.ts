import { z } from 'zod';

const id = z.string().regex(/^[\w.-]{1,200}$/);

/** First line of an outbox: the run that all entries belong to. */
export const headSchema = z.object({
  format: z.literal('synergos-tracking/1'),
  /** The collaboration determines the run's destination. */
  collab: z.string(),
  run: z.object({
    id,
    experiment: z.string(),
    name: z.string(),
    startedMs: z.number(),
    parent: z.object({ id, name: z.string() }).optional(),
  }),
});

const strings = z.record(z.string(), z.string());
const metric = z.object({ key: z.string(), value: z.number(), step: z.number(), timestampMs: z.number() });

/** `key` identifies an entry within its run; an entry is stored once. */
export const entrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('log'),
    key: z.string(),
    batch: z.object({
      metrics: z.array(metric).readonly().optional(),
      params: strings.optional(),
      tags: strings.optional(),
    }),
  }),
  z.object({ type: z.literal('artifact'), key: z.string(), name: z.string(), file: z.string() }),
  z.object({
    type: z.literal('end'),
    key: z.string(),
    status: z.enum(['FINISHED', 'FAILED', 'KILLED']),
    endedMs: z.number(),
  }),
]);

export type Head = z.infer<typeof headSchema>;
export type Entry = z.infer<typeof entrySchema>;
