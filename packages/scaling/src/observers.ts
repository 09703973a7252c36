import { typedEvent, type EmitEvent, type TypedEvent } from '@synergos/contract/events';
import type { JobContext, JobHandler } from './queue.js';

/** Follows the jobs that a process runs, for example to track or to count them. */
export interface JobObserver {
  /** Called when an attempt at a job begins. Returns undefined if the observer does not follow this job. */
  begin(
    context: Pick<JobContext, 'job' | 'signal'>,
  ): Promise<JobFollower | undefined> | JobFollower | undefined;
}

/** Follows one attempt at a job. An error of a method other than `failed` fails the job. */
export interface JobFollower {
  /**
   * Called with each event, in order, before it is stored. Resolves with false for an event that an earlier attempt emitted
   * too: it is not stored again, and no later follower sees it.
   */
  beforeEvent?(event: TypedEvent): Promise<boolean>;
  /** Called with each event once it is stored. */
  afterEvent?(event: TypedEvent): void;
  completed?(result: unknown): Promise<void>;
  /** Called with the error of the attempt. The job may resume later: see the reason of its signal. */
  failed?(error: unknown): Promise<void>;
}

/** The handlers, followed by observers. */
export function observed(
  handlers: Readonly<Record<string, JobHandler>>,
  observers: readonly JobObserver[],
): Record<string, JobHandler> {
  const follow =
    (handle: JobHandler): JobHandler =>
    async (context) => {
      const begun: (JobFollower | undefined)[] = [];
      for (const observer of observers) begun.push(await observer.begin(context));
      const followers = begun.filter((follower) => follower !== undefined);
      const emit: EmitEvent = async (type, data) => {
        const event = typedEvent(type, data);
        for (const follower of followers) if ((await follower.beforeEvent?.(event)) === false) return;
        await context.emit(type, data);
        for (const follower of followers) follower.afterEvent?.(event);
      };
      try {
        const result = await handle({ ...context, emit });
        for (const follower of followers) await follower.completed?.(result);
        return result;
      } catch (error) {
        // The error of the attempt counts, not that of a follower.
        await Promise.allSettled(followers.map(async (follower) => follower.failed?.(error)));
        throw error;
      }
    };
  return Object.fromEntries(Object.entries(handlers).map(([kind, handle]) => [kind, follow(handle)]));
}
