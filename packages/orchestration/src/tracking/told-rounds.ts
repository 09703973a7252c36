import { PROGRESS, type JobEvent } from '@synergos/scaling';

type Data = JobEvent['data'];

/**
 * What a training's earlier attempts told, of which the newest event that tells of a round, and all after it, are given. A
 * round's model is measured on the way of the next one, and so before that is completed.
 */
export function toldRounds(before: readonly Pick<JobEvent, 'type' | 'data'>[]) {
  const roundsOf = (type: string) =>
    before.flatMap((event) => (event.type === type ? [Number(event.data.round)] : []));
  const completedBefore = Math.max(0, ...roundsOf(PROGRESS));
  const measuredBefore = Math.max(completedBefore - 1, ...roundsOf('metric'));
  let completed = completedBefore;

  return {
    /** Whether an earlier attempt told the same. */
    has(type: string, { round }: Data): boolean {
      if (type === PROGRESS) return Number(round) <= completedBefore;
      return type === 'metric' && Number(round) <= measuredBefore;
    },
    note(type: string, { round }: Data): void {
      if (type === PROGRESS) completed = Number(round);
    },
    /** Whether this job did that round, in whichever attempt. */
    isCompleted: (round: unknown): boolean => Number(round) <= completed,
  };
}
