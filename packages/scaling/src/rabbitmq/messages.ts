import { explainIssues, failureSchema, parseBoundedJson, shorten, type JsonBounds } from '@synergos/contract';
import { z } from 'zod';

const VERSION = 1;
/** A result contains all records that a job made. */
const messageBounds: JsonBounds = { bytes: 64 * 1024 * 1024, depth: 64, values: 2_000_000 };
const versioned = { version: z.literal(VERSION) };

/** Names a job that waits to run. The store has the job itself and its state. */
export const jobMessageSchema = z.object({
  ...versioned,
  type: z.literal('job'),
  job: z.string().min(1),
  kind: z.string().min(1),
});
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** The result of a job. The fence shows whether its sender still held the lease. */
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

/** Sent to current listeners only. It saves them from polling; a lost notification does no harm. */
export const notificationSchema = z.discriminatedUnion('type', [
  z.object({ ...versioned, type: z.literal('submitted') }),
  z.object({ ...versioned, type: z.literal('changed'), job: z.string() }),
  z.object({ ...versioned, type: z.literal('cancelled'), job: z.string() }),
  /** A notification of the application: `topic` defines what `data` is. */
  z.object({ ...versioned, type: z.literal('told'), topic: z.string(), data: z.unknown() }),
]);
export type Notification = z.infer<typeof notificationSchema>;

/** Routing key of a notification. */
export function notificationKind(
  notification: Pick<Notification, 'type'> & { readonly topic?: unknown },
): string {
  const { type, topic } = notification;
  return type === 'told' ? `told.${String(topic)}` : type;
}

type Unversioned<Message> = Message extends unknown ? Omit<Message, 'version'> : never;

export function encode(message: Unversioned<JobMessage | Result | Notification>): Buffer {
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
