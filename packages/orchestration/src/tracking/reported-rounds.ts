import type { TypedEvent } from '@synergos/contract/events';
import { PROGRESS, type JobEvent } from '@synergos/scaling';

/**
 * The rounds that earlier attempts at a training reported. `before`: the newest event of a completed round and all
 * later events. The model of a round is evaluated during the next round, before that round is completed.
 */
export function reportedRounds(before: readonly Pick<JobEvent, 'type' | 'data'>[]) {
  const roundsOf = (type: TypedEvent['type']) =>
    before.flatMap((event) => (event.type === type ? [Number(event.data.round)] : []));
  const completedBefore = Math.max(0, ...roundsOf(PROGRESS));
  const measuredBefore = Math.max(completedBefore - 1, ...roundsOf('metric'));
  let completed = completedBefore;

  return {
    /** Whether an earlier attempt emitted the same event. */
    has({ type, data }: TypedEvent): boolean {
      if (type === 'round_completed') return data.round <= completedBefore;
      return type === 'metric' && data.round <= measuredBefore;
    },
    note({ type, data }: TypedEvent): void {
      if (type === 'round_completed') completed = data.round;
    },
    /** Whether this job completed the round, in any attempt. */
    isCompleted: (round: number): boolean => round <= completed,
  };
}
