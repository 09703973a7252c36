import type { RecordStore } from '@synergos/artifacts';
import { rosterOf, type WorkOn } from './grid-roster.js';

export interface GridEligibilityOptions {
  readonly records: RecordStore;
  /** Index of the grid. */
  readonly grid: number;
  readonly isConnected: (participant: string) => boolean;
  /** How long a training waits for missing workers before it starts without them. Default: 60 s. */
  readonly patienceMs?: number;
  /** Monotonic, in milliseconds. */
  readonly nowMs?: () => number;
}

const ROSTER_MS = 1000;

/**
 * Decides whether a grid can run a job now: it has a node of every participant of the job, and all of their workers are
 * connected. A training also starts with half of the workers once the others stayed away for `patienceMs`.
 */
export function createGridEligibility(options: GridEligibilityOptions): (work: WorkOn) => Promise<boolean> {
  const { records, grid, isConnected, patienceMs = 60_000, nowMs = () => performance.now() } = options;
  const rosters = new Map<
    string,
    { readonly atMs: number; readonly roster: Promise<ReadonlyMap<string, number>> }
  >();
  /** Time since when enough workers are connected for a training. */
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

  /** Called for every queue at every poll, so answers are cached for a second. */
  function lookUp(scope: string, work: WorkOn): Promise<ReadonlyMap<string, number>> {
    const known = rosters.get(scope);
    if (known !== undefined && nowMs() - known.atMs < ROSTER_MS) return known.roster;
    const roster = rosterOf(records, work);
    roster.catch(() => rosters.delete(scope));
    rosters.set(scope, { atMs: nowMs(), roster });
    return roster;
  }
}
