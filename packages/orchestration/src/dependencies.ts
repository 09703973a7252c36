import type { RecordStore, Storage } from '@synergos/artifacts';
import type { Engine, Registry } from '@synergos/fed-algorithms';
import type { DataPlanePort } from './participants/data-plane-port.js';
import { ParticipantsMissing } from './errors.js';
import type { Logger } from '@synergos/contract';
import type { UploadSlots } from './updates/upload-slots.js';
import type { DeadlineLimits } from './participants/deadline.js';
import type { Turns } from './participants/turns.js';

/** What every phase uses. */
export interface Dependencies extends Storage {
  readonly records: RecordStore;
  readonly dataPlane: DataPlanePort;
  readonly registry: Registry;
  readonly engine: Engine;
  readonly logger: Logger;
  readonly uploads: UploadSlots;
  /** Number of checkpoints to keep of each run. */
  readonly keepCheckpoints: number;
  /** How long a phase waits at its start for missing workers. */
  readonly connectTimeoutMs: number;
  /** How long a participant may be away during a round. */
  readonly absenceGraceMs: number;
  readonly describeDeadlineMs: number;
  /** Bounds of the deadlines of a training's tasks. */
  readonly deadlines: DeadlineLimits;
  /** Order of the tasks of several jobs at one participant. */
  readonly turns: Turns;
}

/** Waits until all participants are connected; after `connectTimeoutMs`, `fewest` are enough. Resolves with the missing ones. */
export async function connected(
  dependencies: Dependencies,
  participants: readonly string[],
  signal: AbortSignal,
  fewest: number = participants.length,
): Promise<readonly string[]> {
  const { dataPlane, connectTimeoutMs, logger } = dependencies;
  const missing = () => participants.filter((name) => dataPlane.status(name)?.connected !== true);
  if (missing().length > 0) logger.info({ participants: missing() }, 'waiting for workers to connect');
  try {
    await dataPlane.whenConnected(participants, { signal, timeoutMs: connectTimeoutMs });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const away = missing();
    if (away.length === 0) throw error;
    if (participants.length - away.length < fewest) throw new ParticipantsMissing(away, connectTimeoutMs);
    logger.warn({ participants: away }, 'continuing without workers that did not connect');
    return away;
  }
}
