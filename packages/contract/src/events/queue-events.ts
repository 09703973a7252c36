import { z } from 'zod';
import { eventKind } from './event-kind.js';

/** Events of every job: its way through the queue. */
export const queueEvents = {
  queued: eventKind('The job was submitted.', { kind: z.string().describe('Kind of the job.') }),
  started: eventKind('An attempt at the job began.', {
    attempt: z.number().int().positive().describe('1 for the first attempt.'),
    holder: z.string().optional().describe('Node of a cluster that runs the job.'),
  }),
  interrupted: eventKind('The process closed; the job resumes at its next start.', {}),
  completed: eventKind('The job has a result. The last event.', {}),
  failed: eventKind(
    'The job failed. The last event.',
    { code: z.string().describe('A failure code.'), message: z.string() },
    'error',
  ),
  cancelled: eventKind('The job was cancelled. The last event.', {}),
} as const;
