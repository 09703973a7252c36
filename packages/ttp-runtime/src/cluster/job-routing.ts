import type { JobQueueKey } from '@synergos/scaling';

const priorities: Readonly<Record<string, JobQueueKey['priority']>> = { align: 'preprocess', train: 'train' };

/**
 * The queue of a job on a cluster: jobs of one project share a queue, for the same grids can run them; jobs for a single
 * participant have one per participant.
 */
export function queueOf(kind: string, payload: Readonly<Record<string, unknown>>): JobQueueKey {
  const { collab_id, project_id, participant_id } = payload;
  const scope = [collab_id, project_id, participant_id].filter((id) => typeof id === 'string');
  return { priority: priorities[kind] ?? 'evaluate', scope };
}
