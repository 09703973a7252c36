import type { RecordStore } from '@synergos/artifacts';
import { rosterOf, type WorkOn } from './grid-roster.js';

export interface GridEligibilityOptions {
  readonly records: RecordStore;
  /** Index of the grid. */
  readonly grid: number;
  readonly isConnected: (participant: string) => boolean;
  /** How long workers that are away are waited for before a training goes on without them. Default 60 s. */
  readonly patienceMs?: number;
  /** Monotonic, in milliseconds. */
  readonly nowMs?: () => number;
}

const ROSTER_MS = 1000;

/**
 * Whether a grid can do work now: it has a node of every participant that the work needs, and all of their workers are
 * connected. A training goes on with half of them where the others stay away.
 */
export function createGridEligibility(options: GridEligibilityOptions): (work: WorkOn) => Promise<boolean> {
  const { records, grid, isConnected, patienceMs = 60_000, nowMs = () => performance.now() } = options;
  const rosters = new Map<
    string,
    { readonly atMs: number; readonly roster: Promise<ReadonlyMap<string, number>> }
  >();
  /** Since when so many are connected that a training could do without the others. */
  const enoughSinceMs = new Map<string, number>();

  return async (work) => {
    const { collab_id, project_id, participant_id } = work.payload;
    const scope = JSON.stringify([collab_id, project_id, participant_id]);
    const roster = await lookUp(scope, work);
    if ([...roster.values()].some((nodes) => nodes <= grid)) return false;
    const connected = [...roster.keys()].filter(isConnected).length;
    if (connected === roster.size) {
      enoughSinceMs.delete(scope);
      return true;
    }
    if (connected < roster.size / 2) {
      enoughSinceMs.delete(scope);
      return false;
    }
    const since = enoughSinceMs.get(scope) ?? nowMs();
    enoughSinceMs.set(scope, since);
    return work.kind === 'train' && nowMs() - since >= patienceMs;
  };

  /** Asked for every look at every lane: a second old will do. */
  function lookUp(scope: string, work: WorkOn): Promise<ReadonlyMap<string, number>> {
    const known = rosters.get(scope);
    if (known !== undefined && nowMs() - known.atMs < ROSTER_MS) return known.roster;
    const roster = rosterOf(records, work);
    roster.catch(() => rosters.delete(scope));
    rosters.set(scope, { atMs: nowMs(), roster });
    return roster;
  }
}
