import type { RecordStore } from '@synergos/artifacts';
import type { DataPlanePort } from './data-plane-port.js';
import { OrchestrationError } from '../errors.js';
import { quorum } from './quorum.js';
import type { Drop } from '../updates/shares.js';

/** Why a participant gave no answer although nothing went wrong on its side that it reported. */
const MISSES: ReadonlySet<string> = new Set(['absent', 'left', 'deadline']);

/** Who takes part in a round, as far as is known before it. */
export interface Roll {
  readonly asked: readonly string[];
  readonly skipped: readonly Drop[];
  /** Fewest updates that the round may end with. */
  readonly needed: number;
}

export interface Roster {
  /** Of a cohort, the participants to ask. One that missed is skipped until it connects again or answers its overdue task, if the quorum holds without it. */
  call(cohort: readonly string[]): Promise<Roll>;
  /** Whether a participant that missed has neither connected nor answered since. */
  isAway(participant: string): boolean;
  /** Notes that a participant gave no answer in a round. */
  dropped(participant: string, round: number, code: string): void;
  close(): void;
}

export interface RosterOptions {
  readonly dataPlane: Pick<DataPlanePort, 'onPresence' | 'status'>;
  readonly records: Pick<RecordStore, 'list'>;
  readonly project: { readonly collab_id: string; readonly project_id: string };
  readonly minUpdates: number | null;
  /** What a participant's worker lacks for the run: another one may have connected since. */
  readonly lacking?: (participant: string) => readonly string[];
}

/** Tracks which participants of a training are worth asking. */
export function createRoster(options: RosterOptions): Roster {
  const { dataPlane, records, project, minUpdates, lacking = () => [] } = options;
  const missed = new Map<string, { readonly round: number; readonly code: string }>();
  const unsubscribe = dataPlane.onPresence(({ participant, connected }) => {
    if (connected) missed.delete(participant);
  });

  return {
    async call(cohort) {
      const tags = await records.list('Tag', { ...project });
      const registered = new Set(tags.map(({ key }) => key.participant_id));
      const left = cohort.filter((name) => registered.has(name));
      if (left.length === 0)
        throw new OrchestrationError(
          'no_participants',
          'no participant of the training is registered any more',
        );
      const needed = quorum(left.length, minUpdates);
      const able = left.filter((name) => lacking(name).length === 0);
      const present = able.filter((name) => !missed.has(name));
      const asked = present.length < needed ? able : present;
      const skipped = cohort.flatMap((participant): Drop[] => {
        if (asked.includes(participant)) return [];
        const miss = missed.get(participant);
        const needs = lacking(participant);
        if (needs.length > 0)
          return [
            { participant, code: 'capability_missing', reason: `its worker lacks ${needs.join(', ')}` },
          ];
        if (!registered.has(participant) || miss === undefined)
          return [{ participant, code: 'deleted', reason: 'it is not registered in the project any more' }];
        const since = miss.round === 0 ? 'the training began' : `round ${miss.round}`;
        const what = miss.code === 'deadline' ? 'answered' : 'connected';
        return [{ participant, code: miss.code, reason: `it has not ${what} since ${since}; not asked` }];
      });
      return { asked, skipped, needed };
    },
    isAway: (participant) => missed.has(participant),
    dropped(participant, round, code) {
      if (!MISSES.has(code)) return;
      // A connection that broke may be back already; a deadline is missed by a worker that is connected.
      if (code !== 'deadline' && dataPlane.status(participant)?.connected === true) return;
      missed.set(participant, { round, code });
    },
    close: unsubscribe,
  };
}
