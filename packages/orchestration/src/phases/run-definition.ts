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
import type { RecordStore } from '@synergos/artifacts';
import type { CommonSpace } from '@synergos/contract';
import { OrchestrationError } from '../errors.js';
import type { AlignedRows } from '../round/weight-limit.js';
import type { TrainJob } from '../job-payloads.js';
import { alignedSpace, loadProject, need, type Project } from './project-data.js';
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
  /** The model as it stands on the record, sent to the workers. */
  readonly layers: readonly Record<string, unknown>[];
  readonly manifest: Manifest;
  readonly algorithm: Algorithm;
  readonly args: RunArguments;
  /** Of each participant's training data when it was aligned: SHA-256 over its files. */
  readonly dataVersions: ReadonlyMap<string, string>;
  /** Rows of each participant when it was aligned: it cannot weigh more. Not known of an older version's alignment. */
  readonly rows: AlignedRows;
  /** Digest of the stored records of all of the above: two trainings with the same one end with the same model. */
  readonly digest: string;
  /** The same training's digests by earlier versions. */
  readonly earlierDigests: readonly string[];
}

const alignmentBodySchema = z.object({ data_versions: z.object({ train: z.string() }) });
const rowsBodySchema = z.object({ samples: z.object({ train: z.number(), evaluate: z.number() }) });
const modelBodySchema = z.object({ model: z.array(z.record(z.string(), z.unknown())) });

export async function loadRun(
  records: RecordStore,
  registry: Registry,
  ids: TrainJob,
): Promise<RunDefinition> {
  const { collab_id, project_id, expt_id, run_id } = ids;
  const project = await loadProject(records, ids);
  const space = alignedSpace(project);
  const experiment = await need(records, 'Experiment', { collab_id, project_id, expt_id });
  const run = await need(records, 'Run', { collab_id, project_id, expt_id, run_id });
  const { model: layers } = modelBodySchema.parse(experiment.body);
  const model = parseModel(layers);
  const { arguments: args } = parseRunArguments(registry, run.body);
  checkCriterion(model, args.criterion, project.action, undefined, args);
  const [manifest, algorithm] = [createManifest(model), registry.get(args.algorithm)];
  checkModelPrivacy(algorithm, args, manifest);
  const unknown = (args.cohort ?? []).filter((participant) => !project.participants.has(participant));
  if (unknown.length > 0)
    throw new OrchestrationError(
      'invalid_arguments',
      `cohort names ${unknown.join(', ')}, not registered with tags; there are ${[...project.participants.keys()].join(', ')}`,
    );
  const alignments = await records.list('Alignment', { collab_id, project_id });
  const dataVersions = new Map(
    alignments.flatMap(({ key, body }) => {
      const versions = alignmentBodySchema.safeParse(body);
      return versions.success ? [[key.participant_id ?? '', versions.data.data_versions.train] as const] : [];
    }),
  );
  const rows: AlignedRows = new Map(
    alignments.flatMap(({ key, body }) => {
      const parsed = rowsBodySchema.safeParse(body);
      return parsed.success ? [[key.participant_id ?? '', parsed.data.samples] as const] : [];
    }),
  );
  const stored = { ...project.stored, layers: experiment.body.model, arguments: run.body, dataVersions };
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
    rows,
    digest: digestOf(stored),
    earlierDigests: [digestOfVersion010(stored, args, project, space)],
  };
}

/** The part of a task's payload that is the same for all participants and rounds. */
export function workload({ key, project, space, layers, args }: RunDefinition) {
  return {
    key,
    action: project.action,
    space,
    model: [...layers],
    algorithm: args.algorithm,
    arguments: args as Record<string, unknown>,
  };
}
