import { z } from 'zod';
import type { RecordStore } from '@synergos/artifacts';

/** The part of a job that names its participants. */
export interface WorkOn {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const payloadSchema = z.object({
  collab_id: z.string(),
  project_id: z.string(),
  participant_id: z.string().optional(),
});
const registrationBodySchema = z.object({ n_count: z.number().optional() });

/**
 * The participants of a job with the number of their nodes: one node per grid, in grid order. Empty if the job names no
 * project, or the project has no participants: its handler then reports what is wrong.
 */
export async function rosterOf(
  records: RecordStore,
  { payload }: Pick<WorkOn, 'payload'>,
): Promise<ReadonlyMap<string, number>> {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) return new Map();
  const { collab_id, project_id, participant_id } = parsed.data;
  const tags = await records.list('Tag', { collab_id, project_id });
  const registrations = await records.list('Registration', { collab_id, project_id });
  const nodes = new Map(
    registrations.map(({ key, body }) => {
      const { data } = registrationBodySchema.safeParse(body);
      return [key.participant_id ?? '', data?.n_count ?? 0] as const;
    }),
  );
  const names = tags.map(({ key }) => key.participant_id ?? '');
  const needed = participant_id === undefined ? names : names.filter((name) => name === participant_id);
  return new Map(needed.map((name) => [name, nodes.get(name) ?? 0]));
}
