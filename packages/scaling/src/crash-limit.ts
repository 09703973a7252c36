import type { Failure } from '@synergos/contract';
import type { JobEventType } from '@synergos/contract/events';

/** Default number of crashes without progress after which a job fails: it may be their cause. */
export const MAX_CRASHES = 5;

/** Event of a handler (a training emits it after each round): what was done before it is durable. */
export const PROGRESS = 'round_completed' satisfies JobEventType;

export function crashLimitReached(crashes: number): Failure {
  return { code: 'given_up', message: `failed after ${crashes} crashes without progress` };
}
