import {
  checkGlobalModel,
  globalModelFile,
  preprocessingFile,
  readManifest,
  type ArtifactStore,
  type ModelManifest,
  type RunIds,
  digestOf,
  localCopyOf,
} from '@synergos/artifacts';
import {
  parseBoundedJson,
  preprocessingSchema,
  spaceOf,
  STORED_JSON,
  type CommonSpace,
} from '@synergos/contract';
import type { TensorsSource } from '@synergos/rpc-core';
import { createManifest, parseModel, parseRunArguments } from '@synergos/fed-algorithms';
import { OrchestrationError } from '../errors.js';
import type { TrainJob } from '../job-payloads.js';
import type { Dependencies } from '../dependencies.js';
import { loadProject, need, type Project } from '../project/project-data.js';
import { loadAlignments, rowsIn, type RunInUse } from '../project/run-definition.js';

/** Loads a run as it was trained: layers, arguments and feature space of its model, whatever changed in the project since. */
export async function loadTrained(
  { records, artifacts, registry }: Pick<Dependencies, 'records' | 'artifacts' | 'registry'>,
  ids: Pick<TrainJob, 'collab_id' | 'project_id' | 'expt_id' | 'run_id'>,
): Promise<RunInUse> {
  const { collab_id, project_id, expt_id, run_id } = ids;
  const project = await loadProject(records, ids);
  await need(records, 'Experiment', { collab_id, project_id, expt_id });
  await need(records, 'Run', { collab_id, project_id, expt_id, run_id });
  const key = { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
  const trained = await readManifest(artifacts, key);
  if (trained === undefined) throw notTrained(key);
  const model = parseModel(trained.model, registry);
  const { arguments: args } = parseRunArguments(registry, trained.arguments);
  const versions = Object.entries(trained.participants);
  return {
    key,
    project,
    space: await trainedSpace({ records, artifacts }, key, project, trained),
    model,
    layers: trained.model,
    manifest: createManifest(model),
    algorithm: registry.get(args.algorithm),
    args,
    dataVersions: new Map(
      versions.flatMap(([name, of]) => (of.data_version ? [[name, of.data_version]] : [])),
    ),
    rows: rowsIn(await loadAlignments(records, project.key)),
    lacks: new Map(Object.entries(trained.lacks ?? {})),
  };
}

/** Calls `work` with the run's global model. Rejects with `RunDamaged` if it is not the file that the training stored. */
export async function withGlobalModel<Result>(
  dependencies: Dependencies,
  { key }: Pick<RunInUse, 'key'>,
  work: (model: TensorsSource) => Promise<Result>,
): Promise<Result> {
  const digest = await checkGlobalModel(dependencies.artifacts, key);
  const copy = digest && (await localCopyOf(dependencies, globalModelFile(key)));
  if (digest === undefined || copy === undefined) throw notTrained(key);
  try {
    const ref = { sha256: digest.sha256, sizeBytes: digest.size_bytes };
    return await work({ path: copy.path, ref });
  } finally {
    await copy.release();
  }
}

export function notTrained(key: RunIds): OrchestrationError {
  return new OrchestrationError(
    'not_trained',
    `run '${key.run}' has no model. POST /ttp/train/…/models/${key.expt}/${key.run} first.`,
  );
}

/**
 * The feature space that a model was trained in. Models of older versions store none: theirs is the project's, as long as
 * the project is aligned with the data of that training. Throws `space_unknown` otherwise.
 */
export async function trainedSpace(
  { records, artifacts }: Pick<Dependencies, 'records' | 'artifacts'>,
  key: RunIds,
  { space, key: of }: Project,
  trained: ModelManifest,
): Promise<CommonSpace> {
  const stored = await storedSpace(artifacts, key, trained);
  if (stored !== undefined) return stored;
  const alignments = await loadAlignments(records, of);
  const isUnchanged = Object.entries(trained.participants).every(
    ([name, { data_version }]) =>
      data_version !== null && alignments.get(name)?.data_versions.train === data_version,
  );
  if (space !== undefined && isUnchanged) return space;
  throw new OrchestrationError(
    'space_unknown',
    `run '${key.expt}/${key.run}' was trained by an older version, which did not store the feature space of a model, ` +
      'and the project is no longer aligned with the data of that training. Train the run again.',
  );
}

async function storedSpace(
  store: ArtifactStore,
  key: RunIds,
  trained: ModelManifest,
): Promise<CommonSpace | undefined> {
  const path = preprocessingFile(key);
  const expected = trained.files[path.split('/').at(-1) ?? path];
  if (expected === undefined) return undefined;
  const bytes = await store.get(path);
  const parsed = preprocessingSchema.safeParse(parsedJson(bytes));
  const digest = await digestOf(store, path);
  if (parsed.success && digest?.sha256 === expected.sha256) return spaceOf(parsed.data);
  throw new OrchestrationError(
    'run_damaged',
    `${path} is missing or is not what it was when it was written; train the run again, or import it from an archive`,
  );
}

function parsedJson(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes === undefined ? undefined : parseBoundedJson(bytes, STORED_JSON);
  } catch {
    return undefined;
  }
}
