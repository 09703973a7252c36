import type { JobContext } from '@synergos/scaling';
import { byName } from '../by-name.js';
import type { Drop } from '../updates/shares.js';

/** The same context; records the participants that are dropped from rounds. */
export function watchDrops(context: JobContext) {
  let dropped: readonly (Drop & { readonly round: number })[] = [];
  return {
    context: {
      ...context,
      emit: (type: string, data: Readonly<Record<string, unknown>>) => {
        const { round, participant, code, reason } = data;
        if (type === 'participant_dropped' && typeof participant === 'string')
          dropped = [
            ...dropped,
            { round: Number(round), participant, code: String(code), reason: String(reason) },
          ];
        return context.emit(type, data);
      },
    } satisfies JobContext,
    /**
     * The participants that were dropped up to the end of a round and have no update in it, by name. One that trained on
     * an older model may be dropped rounds later.
     */
    of(round: number, trained: ReadonlyMap<string, unknown>): Drop[] {
      const over = dropped.filter((drop) => drop.round <= round && !trained.has(drop.participant));
      dropped = dropped.filter((drop) => drop.round > round);
      const last = new Map(
        over.map(({ participant, code, reason }) => [participant, { participant, code, reason }]),
      );
      return [...last].sort(byName).map(([, drop]) => drop);
    },
  };
}
