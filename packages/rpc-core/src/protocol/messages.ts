import {
  checkJsonValue,
  DEEPEST_JSON,
  explainIssues,
  idSchema,
  type JsonBounds,
  messageOf,
  outerStrings,
  parseBoundedJson,
  shorten,
} from '@synergos/contract';
import { z } from 'zod';
import { DataPlaneError, MalformedMessage } from './errors.js';

/** Control messages: small JSON over a WebSocket. Tensors never travel here. */

const id = z.string().min(1).max(200);
const code = z.string().max(100);
const reason = z.string().max(10_000);

/** Larger control messages are refused. */
export const MOST_MESSAGE_BYTES = 1024 * 1024;
/** The WebSocket closes on a larger message; up to here the receiver can say which task a message is about. */
export const MOST_FRAME_BYTES = 4 * MOST_MESSAGE_BYTES;

const messageBounds: JsonBounds = { bytes: MOST_MESSAGE_BYTES, depth: DEEPEST_JSON, values: 250_000 };
const progressBounds = { depth: 8, values: 1000 };
const MOST_HARDWARE = 64;
const MOST_TENSORS = 100;

const versionSchema = z.object({ major: z.number().int(), minor: z.number().int() });

export const tensorsRefSchema = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().nonnegative(),
});
/** Tensors by content: the SHA-256 of a safetensors file names it. */
export type TensorsRef = z.infer<typeof tensorsRefSchema>;

const hello = z.object({
  type: z.literal('hello'),
  protocol: versionSchema,
  participant: idSchema,
  /** Of the session to resume. */
  session: id.optional(),
  software: z.string().max(200),
  capabilities: z.array(z.string().max(100)).max(100).default([]),
  hardware: z
    .record(z.string().max(100), z.union([z.string().max(1000), z.number()]))
    .refine(...mostMembers(MOST_HARDWARE))
    .default({}),
  /** Ids of tasks that this worker is still doing or has results for. */
  tasks: z.array(id).max(1000).default([]),
});
const progress = z.object({
  type: z.literal('progress'),
  task: id,
  data: z.record(z.string(), z.unknown()).superRefine(withinProgressBounds),
});
const result = z.object({
  type: z.literal('result'),
  task: id,
  outcome: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), payload: z.unknown() }),
    z.object({ ok: z.literal(false), code, message: reason }),
  ]),
});
export const workerMessageSchema = z.discriminatedUnion('type', [hello, progress, result]);

const welcome = z.object({
  type: z.literal('welcome'),
  session: id,
  protocol: versionSchema,
  heartbeatMs: z.number().int().positive(),
  /** Capabilities of the TTP beyond those of its protocol version. */
  capabilities: z.array(z.string().max(100)).max(100).default([]),
});
const task = z.object({
  type: z.literal('task'),
  task: id,
  kind: z.string().min(1).max(100),
  payload: z.unknown(),
  tensors: z.record(z.string().max(200), tensorsRefSchema).refine(...mostMembers(MOST_TENSORS)),
});
const cancel = z.object({ type: z.literal('cancel'), task: id, reason });
/** The result of a task is taken; the worker need not keep it. */
const taken = z.object({ type: z.literal('taken'), task: id });
const refused = z.object({ type: z.literal('refused'), code, message: reason });
export const ttpMessageSchema = z.discriminatedUnion('type', [welcome, task, cancel, taken, refused]);

export type WorkerMessage = z.infer<typeof workerMessageSchema>;
export type TtpMessage = z.infer<typeof ttpMessageSchema>;
export type Hello = z.infer<typeof hello>;
export type TaskOutcome = z.infer<typeof result>['outcome'];
export type TaskMessage = z.infer<typeof task>;

/** The message as text. Throws a `DataPlaneError` if it is not JSON, or longer than the other side takes. */
export function serializeMessage(message: WorkerMessage | TtpMessage): string {
  let text: string;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw new DataPlaneError('not_json', `a ${message.type} must be JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MOST_MESSAGE_BYTES)
    throw new DataPlaneError(
      'message_too_large',
      `a ${message.type} of ${sizeBytes} bytes; at most ${MOST_MESSAGE_BYTES} travel as JSON, send the rest as tensors`,
    );
  return text;
}

/** Parses a control message within its bounds. Throws `MalformedMessage`, which names the task if the text does. */
export function parseMessage<Message>(schema: z.ZodType<Message>, text: Uint8Array): Message {
  let raw: unknown;
  try {
    raw = parseBoundedJson(text, messageBounds);
  } catch (error) {
    throw malformed(text, messageOf(error));
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw malformed(text, explainIssues(parsed.error));
}

function malformed(text: Uint8Array, why: string): MalformedMessage {
  const about = outerStrings(text, ['type', 'task']);
  return new MalformedMessage(shorten(why), {
    ...(about.type !== undefined && { type: about.type }),
    ...(id.safeParse(about.task).success && { task: about.task }),
  });
}

function mostMembers(most: number): [(record: object) => boolean, { error: string }] {
  return [(record) => Object.keys(record).length <= most, { error: `expected at most ${most} members` }];
}

function withinProgressBounds(data: unknown, context: z.RefinementCtx): void {
  try {
    checkJsonValue(data, progressBounds);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
}
