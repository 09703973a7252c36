import type { JobError } from './job.js';

/** How many may die at a job before it is given up, for it may be what they die of. */
export const MOST_LOST = 5;

export function givenUp(how: string): JobError {
  return { code: 'given_up', message: `given up: ${how}` };
}
