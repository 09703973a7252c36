import { z } from 'zod';
import { lacksSchema, type RecordKey, type RecordStore, type StoredRecord } from '@synergos/artifacts';
import { commonSpaceSchema, type CommonSpace } from '@synergos/contract';
import { byName } from '../by-name.js';
import { OrchestrationError, RecordMissing } from '../errors.js';
import type { StoredDefinition } from './run-digest.js';

const tagsSchema = z.array(z.array(z.string()));
const tagBodySchema = z.object({
  train: tagsSchema,
  evaluate: tagsSchema.nullish().transform((tags) => tags ?? []),
  predict: tagsSchema.nullish().transform((tags) => tags ?? []),
});
const projectBodySchema = z.object({
  action: z.enum(['regress', 'classify']),
  common_space: commonSpaceSchema.optional(),
});

const spacersSchema = z.object({ X: z.array(z.number()), y: z.array(z.number()) });
/** Body of an Alignment record. */
export const alignmentBodySchema = z.object({
  train: spacersSchema,
  evaluate: spacersSchema,
  predict: spacersSchema,
  data_versions: z.object({
    train: z.string(),
    evaluate: z.string().nullable(),
    predict: z.string().nullable(),
  }),
  /** Rows by kind of data; absent in older alignments. */
  samples: z.object({ train: z.number(), evaluate: z.number(), predict: z.number() }).optional(),
  /** Absent in older alignments. */
  lacks: lacksSchema.optional(),
});
export type AlignmentBody = z.infer<typeof alignmentBodySchema>;
export type ProjectTags = z.infer<typeof tagBodySchema>;
export interface ProjectKey {
  readonly collab_id: string;
  readonly project_id: string;
}
export interface Project {
  readonly key: ProjectKey;
  readonly action: 'regress' | 'classify';
  /** Tags of every registered participant that has tags, sorted by participant. */
  readonly participants: ReadonlyMap<string, ProjectTags>;
  /** Set by alignment. */
  readonly space: CommonSpace | undefined;
  /** The stored values, unparsed. */
  readonly stored: Pick<StoredDefinition, 'action' | 'space' | 'tags'>;
}

/** Loads a project and its participants' tags from the records. */
export async function loadProject(records: RecordStore, key: ProjectKey): Promise<Project> {
  const { collab_id, project_id } = key;
  const project = await need(records, 'Project', { collab_id, project_id });
  const { action, common_space: space } = projectBodySchema.parse(project.body);
  const tags = await records.list('Tag', { collab_id, project_id });
  const participants = new Map(
    tags.map((tag) => [tag.key.participant_id ?? '', tagBodySchema.parse(tag.body)] as const).sort(byName),
  );
  if (participants.size === 0)
    throw new OrchestrationError(
      'no_participants',
      `project '${project_id}' has no participant with tags. ` +
        'Register participants and POST their tags (…/registration/tags) first.',
    );
  const stored = {
    action: project.body.action,
    space: project.body.common_space,
    tags: tags.map(({ key: { participant_id = '' }, body }) => [participant_id, body] as const).sort(byName),
  };
  return { key: { collab_id, project_id }, action, participants, space, stored };
}

/** The common space. Throws `not_aligned` with the call that creates it. */
export function alignedSpace({ key, space }: Project): CommonSpace {
  if (space === undefined)
    throw new OrchestrationError(
      'not_aligned',
      `project '${key.project_id}' is not aligned. ` +
        `POST /ttp/train/collaborations/${key.collab_id}/projects/${key.project_id}/alignments first.`,
    );
  return space;
}

export async function need(
  records: RecordStore,
  kind: 'Project' | 'Experiment' | 'Run',
  key: RecordKey,
): Promise<StoredRecord> {
  const record = await records.get(kind, key);
  if (record === undefined)
    throw new RecordMissing(`${kind} ${Object.values(key).join('/')}`, 'Create it first.');
  return record;
}
