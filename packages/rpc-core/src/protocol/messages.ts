import { idSchema } from '@synergos/contract';
import { z } from 'zod';
import { DataPlaneError, messageOf } from './errors.js';

/** Control messages: small JSON over a WebSocket. Tensors never travel here. */

const id = z.string().min(1).max(200);
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
  hardware: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  /** Ids of tasks that this worker is still doing or has results for. */
  tasks: z.array(id).max(1000).default([]),
});
const progress = z.object({ type: z.literal('progress'), task: id, data: z.record(z.string(), z.unknown()) });
const result = z.object({
  type: z.literal('result'),
  task: id,
  outcome: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), payload: z.unknown() }),
    z.object({ ok: z.literal(false), code: z.string().max(100), message: z.string().max(10_000) }),
  ]),
});
export const workerMessageSchema = z.discriminatedUnion('type', [hello, progress, result]);

const welcome = z.object({
  type: z.literal('welcome'),
  session: id,
  protocol: versionSchema,
  heartbeatMs: z.number().int().positive(),
  /** What the TTP can do beyond what its protocol version says. */
  capabilities: z.array(z.string().max(100)).max(100).default([]),
});
const task = z.object({
  type: z.literal('task'),
  task: id,
  kind: z.string().min(1).max(100),
  payload: z.unknown(),
  tensors: z.record(z.string(), tensorsRefSchema),
});
const cancel = z.object({ type: z.literal('cancel'), task: id, reason: z.string() });
/** The result of a task is taken; the worker need not keep it. */
const taken = z.object({ type: z.literal('taken'), task: id });
const refused = z.object({ type: z.literal('refused'), code: z.string(), message: z.string() });
export const ttpMessageSchema = z.discriminatedUnion('type', [welcome, task, cancel, taken, refused]);

export type WorkerMessage = z.infer<typeof workerMessageSchema>;
export type TtpMessage = z.infer<typeof ttpMessageSchema>;
export type Hello = z.infer<typeof hello>;
export type TaskOutcome = z.infer<typeof result>['outcome'];
export type TaskMessage = z.infer<typeof task>;

/** Larger control messages are refused. */
export const MOST_MESSAGE_BYTES = 1024 * 1024;

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

/** Parses a control message; throws a `ZodError` or `SyntaxError` on anything else. */
export function parseMessage<Message>(schema: z.ZodType<Message>, text: string): Message {
  return schema.parse(JSON.parse(text));
}
