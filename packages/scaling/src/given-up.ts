import type { Failure } from '@synergos/contract';

/** How many may die at a job without progress before it is given up, for it may be what they die of. */
export const MOST_LOST = 5;

/** Event of a handler, a training's after each round: what was done until then is done for good, even if the process dies. */
export const PROGRESS = 'round_completed';

export function givenUp(how: string): Failure {
  return { code: 'given_up', message: `given up: ${how}` };
}
