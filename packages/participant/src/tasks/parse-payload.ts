import { z } from 'zod';
import { InvalidTask } from '../errors.js';

/** Parses a task's payload. Throws `InvalidTask`, which names the invalid fields. */
export function parsePayload<Payload>(schema: z.ZodType<Payload>, kind: string, payload: unknown): Payload {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`);
  throw new InvalidTask(`the '${kind}' task is malformed: ${faults.join('; ')}`, { cause: parsed.error });
}
