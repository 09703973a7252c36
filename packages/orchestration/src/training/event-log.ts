import type { JobContext } from '@synergos/scaling';

/**
 * The same context, whose events are written one after another, in order, while the job goes on: `emit` does not wait
 * for the database. What could not be written fails the next `emit`, or `written`.
 */
export function createEventLog(context: JobContext) {
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly reason: unknown } | undefined;
  return {
    context: {
      ...context,
      emit: async (type, data) => {
        if (failure !== undefined) throw failure.reason;
        writing = writing.then(async () => {
          if (failure !== undefined) return;
          await context.emit(type, data).catch((reason: unknown) => (failure = { reason }));
        });
      },
    } satisfies JobContext,
    /** Resolves once all events so far are written. */
    async written(): Promise<void> {
      await writing;
      if (failure !== undefined) throw failure.reason;
    },
  };
}

export type EventLog = ReturnType<typeof createEventLog>;
