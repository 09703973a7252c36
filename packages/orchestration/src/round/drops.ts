import type { JobContext } from '@synergos/scaling';

/** The same context, with an eye on who is dropped from rounds. */
export function watchDrops(context: JobContext) {
  const dropped = new Map<unknown, Set<string>>();
  return {
    context: {
      ...context,
      emit: (type: string, data: Readonly<Record<string, unknown>>) => {
        const { round, participant } = data;
        if (type === 'participant_dropped' && typeof participant === 'string')
          dropped.set(round, (dropped.get(round) ?? new Set()).add(participant));
        return context.emit(type, data);
      },
    } satisfies JobContext,
    /** Who was dropped from a round that is over and did not come back to it, by name. */
    of(round: number, trained: ReadonlyMap<string, unknown>): string[] {
      const names = [...(dropped.get(round) ?? [])].filter((name) => !trained.has(name));
      dropped.delete(round);
      return names.sort();
    },
  };
}
