import type { RecordStore } from '@synergos/artifacts';
import type { DataPlanePort } from './data-plane-port.js';
import { OrchestrationError } from '../errors.js';
import { quorum } from './quorum.js';
import type { Drop } from '../updates/shares.js';

/** Codes of a participant that did not answer, without a failure that it reported. */
const MISSES: ReadonlySet<string> = new Set(['absent', 'left', 'deadline']);

/** The participants of a round, as known before it. */
export interface Roll {
  readonly asked: readonly string[];
  readonly skipped: readonly Drop[];
  /** Number of updates that the round needs. */
  readonly needed: number;
}

export interface Roster {
  /** The participants of a cohort to ask. One that missed is skipped until it connects or answers its overdue task, if the quorum holds without it. */
  call(cohort: readonly string[]): Promise<Roll>;
  /** Whether a participant that missed has neither connected nor answered since. */
  isAway(participant: string): boolean;
  /** Records that a participant did not answer in a round. */
  dropped(participant: string, round: number, code: string): void;
  close(): void;
}

export interface RosterOptions {
  readonly dataPlane: Pick<DataPlanePort, 'onPresence' | 'status'>;
  readonly records: Pick<RecordStore, 'list'>;
  readonly project: { readonly collab_id: string; readonly project_id: string };
  readonly minUpdates: number | null;
  /** Capabilities that a participant's worker lacks for the run: another worker may have connected since. */
  readonly lacking?: (participant: string) => readonly string[];
}

/** Tracks which participants of a training can be expected to answer. */
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
      // A broken connection may be restored already; a missed deadline concerns a connected worker.
      if (code !== 'deadline' && dataPlane.status(participant)?.connected === true) return;
      missed.set(participant, { round, code });
    },
    close: unsubscribe,
  };
}
