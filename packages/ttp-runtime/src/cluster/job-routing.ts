import type { JobQueueKey } from '@synergos/scaling';

const priorities: Readonly<Record<string, JobQueueKey['priority']>> = { align: 'preprocess', train: 'train' };

/**
 * Where a job waits on a cluster: with those on the same project, which the same grids can do; with those for one
 * participant alone where only that has to be there.
 */
export function queueOf(kind: string, payload: Readonly<Record<string, unknown>>): JobQueueKey {
  const { collab_id, project_id, participant_id } = payload;
  const scope = [collab_id, project_id, participant_id].filter((id) => typeof id === 'string');
  return { priority: priorities[kind] ?? 'evaluate', scope };
}
