import { z } from 'zod';
import {
  checkCriterion,
  checkModelPrivacy,
  createManifest,
  parseModel,
  parseRunArguments,
  type Algorithm,
  type Manifest,
  type Model,
  type Registry,
  type RunArguments,
} from '@synergos/fed-algorithms';
import type { Lacks, RecordStore } from '@synergos/artifacts';
import type { CommonSpace } from '@synergos/contract';
import { OrchestrationError } from '../errors.js';
import type { AlignedRows } from '../updates/weight-limit.js';
import type { TrainJob } from '../job-payloads.js';
import type { Aligned } from './align.js';
import {
  alignedSpace,
  alignmentBodySchema,
  loadProject,
  need,
  type Project,
  type ProjectKey,
} from './project-data.js';
import { digestOf, digestOfVersion010 } from './run-digest.js';

/** One federated combination: a project's data, an experiment's model and a run's arguments, checked together. */
export interface RunDefinition {
  readonly key: {
    readonly collab: string;
    readonly project: string;
    readonly expt: string;
    readonly run: string;
  };
  readonly project: Project;
  readonly space: CommonSpace;
  readonly model: Model;
  /** The layers as stored on the record; sent to the workers. */
  readonly layers: readonly Record<string, unknown>[];
  readonly manifest: Manifest;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  /** Version of each participant's training data at alignment: SHA-256 over its files. */
  readonly dataVersions: ReadonlyMap<string, string>;
  /** Rows of each participant at alignment, which bound its weight. Unknown for alignments of older versions. */
  readonly rows: AlignedRows;
  /** Columns of the space that a participant's data lacked at alignment. */
  readonly lacks: ReadonlyMap<string, Lacks>;
  /** Digest of the stored records: trainings with the same digest end with the same model. */
  readonly digest: string;
  /** Digests of the same training by earlier versions. */
  readonly earlierDigests: readonly string[];
}

const versionsSchema = alignmentBodySchema.pick({ data_versions: true, samples: true, lacks: true });
type Versions = z.infer<typeof versionsSchema>;
const modelBodySchema = z.object({ model: z.array(z.record(z.string(), z.unknown())) });

/** A run whose model is used, not trained. */
export type RunInUse = Omit<RunDefinition, 'digest' | 'earlierDigests'>;

/** `aligned`: the alignment that this job has made. */
export async function loadRun(
  records: RecordStore,
  registry: Registry,
  ids: TrainJob,
  aligned?: Aligned,
): Promise<RunDefinition> {
  const { collab_id, project_id, expt_id, run_id } = ids;
  const project = await loadProject(records, ids);
  const space = aligned?.space ?? alignedSpace(project);
  const experiment = await need(records, 'Experiment', { collab_id, project_id, expt_id });
  const run = await need(records, 'Run', { collab_id, project_id, expt_id, run_id });
  const layers = aligned?.models.get(expt_id) ?? modelBodySchema.parse(experiment.body).model;
  const model = parseModel(layers, registry);
  const { arguments: args, unknown: others } = parseRunArguments(registry, run.body);
  checkCriterion(model, args.criterion, project.action, { given: args, components: registry });
  const [manifest, algorithm] = [createManifest(model), registry.get(args.algorithm)];
  checkModelPrivacy(algorithm, args, manifest);
  const unknown = (args.cohort ?? []).filter((participant) => !project.participants.has(participant));
  if (unknown.length > 0)
    throw new OrchestrationError(
      'invalid_arguments',
      `cohort names ${unknown.join(', ')}, not registered with tags; there are ${[...project.participants.keys()].join(', ')}`,
    );
  const alignments = aligned?.alignments ?? (await loadAlignments(records, project.key));
  const dataVersions = new Map(
    [...alignments].map(([name, { data_versions }]) => [name, data_versions.train]),
  );
  const stored = {
    ...project.stored,
    ...(aligned && { space: aligned.space }),
    layers: aligned?.models.get(expt_id) ?? experiment.body.model,
    arguments: without(run.body, others),
    dataVersions,
  };
  return {
    key: { collab: collab_id, project: project_id, expt: expt_id, run: run_id },
    project,
    space,
    model,
    layers,
    manifest,
    algorithm,
    args,
    dataVersions,
    rows: rowsIn(alignments),
    lacks: lacksIn(alignments),
    digest: digestOf(stored),
    earlierDigests: [digestOfVersion010(stored, args, project, space)],
  };
}

/** The participants' data at alignment, from the records. */
export async function loadAlignments(
  records: RecordStore,
  project: ProjectKey,
): Promise<ReadonlyMap<string, Versions>> {
  const alignments = await records.list('Alignment', { ...project });
  return new Map(
    alignments.flatMap(({ key, body }) => {
      const versions = versionsSchema.safeParse(body);
      return versions.success ? [[key.participant_id ?? '', versions.data] as const] : [];
    }),
  );
}

/** A body without the named fields. */
function without(body: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

export function rowsIn(alignments: ReadonlyMap<string, Versions>): AlignedRows {
  return new Map(
    [...alignments].flatMap(([name, { samples }]) =>
      samples === undefined ? [] : [[name, samples] as const],
    ),
  );
}

function lacksIn(alignments: ReadonlyMap<string, Versions>): ReadonlyMap<string, Lacks> {
  return new Map(
    [...alignments].flatMap(([name, { lacks }]) => (lacks === undefined ? [] : [[name, lacks]])),
  );
}

/** The part of a task's payload that is the same for all participants and rounds. */
export function workload({ key, project, space, layers, args }: RunInUse) {
  return {
    key,
    action: project.action,
    space,
    model: [...layers],
    algorithm: args.algorithm,
    arguments: args as Record<string, unknown>,
  };
}
