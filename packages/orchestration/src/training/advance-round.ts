import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { advance } from './advance.js';
import type { Aggregated } from './round.js';
import type { RoundsOptions } from './rounds.js';
import { metadataOf } from './trained-model.js';

/** Takes the server's step of a run, and returns the memory of the aggregate to the engine. Throws `Diverged`. */
export async function advanceRound(
  { dependencies, run, checkpoints, participants }: RoundsOptions,
  current: Checkpoint,
  aggregated: Aggregated,
) {
  const moved = await advance(
    {
      ...dependencies,
      ...run,
      paths: checkpoints,
      metadata: metadataOf(run),
      participants: participants.length,
    },
    current,
    aggregated,
  );
  dependencies.engine.recycle?.(aggregated.aggregate);
  return moved;
}
