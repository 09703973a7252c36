import { explainIssues, failureSchema, parseBoundedJson, shorten, type JsonBounds } from '@synergos/contract';
import { z } from 'zod';

const VERSION = 1;
/** A result holds all records that a job made. */
const messageBounds: JsonBounds = { bytes: 64 * 1024 * 1024, depth: 64, values: 2_000_000 };
const versioned = { version: z.literal(VERSION) };

/** A job that waits to be done: a ticket for it. The store has the job itself, and says whether the ticket still holds. */
export const ticketSchema = z.object({
  ...versioned,
  type: z.literal('job'),
  job: z.string().min(1),
  kind: z.string().min(1),
});
export type Ticket = z.infer<typeof ticketSchema>;

/** What came of a job. The fence tells whether who did it was still the one to do it. */
export const resultSchema = z.object({
  ...versioned,
  type: z.literal('result'),
  job: z.string().min(1),
  holder: z.string(),
  fence: z.number().int().positive(),
  finishedAt: z.iso.datetime(),
  end: z.discriminatedUnion('state', [
    z.object({ state: z.literal('completed'), result: z.unknown() }),
    z.object({ state: z.literal('failed'), error: failureSchema }),
  ]),
});
export type Result = z.infer<typeof resultSchema>;

/** Told to those who listen now, and to nobody later: what they would find out by looking, a little sooner. */
export const newsSchema = z.discriminatedUnion('type', [
  z.object({ ...versioned, type: z.literal('submitted') }),
  z.object({ ...versioned, type: z.literal('changed'), job: z.string() }),
  z.object({ ...versioned, type: z.literal('cancelled'), job: z.string() }),
  /** Of an application: its `topic` says what `data` is. */
  z.object({ ...versioned, type: z.literal('told'), topic: z.string(), data: z.unknown() }),
]);
export type News = z.infer<typeof newsSchema>;

/** What news are told by. */
export function kindOfNews(news: Pick<News, 'type'> & { readonly topic?: unknown }): string {
  return news.type === 'told' ? `told.${String(news.topic)}` : news.type;
}

type Unversioned<Message> = Message extends unknown ? Omit<Message, 'version'> : never;

export function encode(message: Unversioned<Ticket | Result | News>): Buffer {
  return Buffer.from(JSON.stringify({ version: VERSION, ...message }));
}

export type Decoded<Message> =
  { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: string };

export function decode<Message>(schema: z.ZodType<Message>, content: Buffer): Decoded<Message> {
  let value: unknown;
  try {
    value = parseBoundedJson(content, messageBounds);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${shorten((error as Error).message, 300)}` };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  return { ok: false, reason: explainIssues(parsed.error) };
}
