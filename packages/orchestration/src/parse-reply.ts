import { issuesOf, issuesText } from '@synergos/fed-algorithms';
import type { z } from 'zod';
import { OrchestrationError } from './errors.js';

const MOST_CHARACTERS = 500;

/** Parses a worker's reply to a task. The error names the invalid fields in one line. */
export function parseReply<Reply>(schema: z.ZodType<Reply>, task: string, payload: unknown): Reply {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const faults = issuesText(issuesOf(parsed.error)).slice(0, MOST_CHARACTERS);
  throw new OrchestrationError('bad_reply', `its answer to ${task} is malformed: ${faults}`, {
    cause: parsed.error,
  });
}
