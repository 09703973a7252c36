import {
  globalLossHistoryFile,
  globalModelFile,
  localLossHistoryFile,
  localModelFile,
  plotFile,
  preprocessingFile,
  writeManifest,
  type ArtifactContent,
  type FileDigest,
} from '@synergos/artifacts';
import { sharedPreprocessing } from '@synergos/contract';
import { blocksOf } from '../updates/blocks.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { openVector, writeModel, type ModelFile } from '../checkpoints/global-model.js';
import type { LossCurves } from '../checkpoints/loss-history.js';
import type { DroppedParticipant } from '@synergos/contract';

import type { StagedUpdate } from '../updates/staged-update.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from '../project/run-definition.js';
import { runPlots } from './run-plots.js';

/** Updates of the last round, and the global model that they started from. */
export interface LastRound {
  readonly base: ModelFile;
  readonly updates: ReadonlyMap<string, StagedUpdate>;
}

interface StoredRounds {
  /** The round whose global model becomes the run's model. */
  readonly returned: Pick<Checkpoint, 'round' | 'model'>;
  readonly losses: LossCurves;
  /** Set if the updates of the returned round are available. */
  readonly local: LastRound | undefined;
  readonly dropped: readonly DroppedParticipant[];
  /** Versions of the data that was used, by participant. */
  readonly dataVersions: ReadonlyMap<string, string>;
}

/** Metadata of a model file. */
export function metadataOf({ key, args }: RunDefinition): Readonly<Record<string, string>> {
  return { ...key, algorithm: args.algorithm };
}

/** Writes the run's models, loss histories, plots and manifest, and its Model record. */
export async function storeModel(
  dependencies: Dependencies,
  run: RunDefinition,
  job: string,
  { round, parent }: Pick<Checkpoint, 'round' | 'parent'>,
  { returned, losses, local: last, dropped, dataVersions: used }: StoredRounds,
): Promise<unknown> {
  const { artifacts, scratch, records } = dependencies;
  const { global, local } = losses;
  const { model } = returned;
  const { key, args } = run;
  const participants = Object.keys(local);
  const written: Record<string, { parent?: string; digest?: FileDigest }> = {};
  const write = async (path: string, content: ArtifactContent) => {
    await artifacts.put(path, content);
    written[nameOf(path)] = {};
  };

  await artifacts.put(globalModelFile(key), { file: scratch.localFile(model.path) });
  written[nameOf(globalModelFile(key))] = { digest: { sha256: model.sha256, size_bytes: model.sizeBytes } };
  await write(globalLossHistoryFile(key), json(global));
  await write(preprocessingFile(key), json(sharedPreprocessing(run.space, run.project.action)));
  const locals: Record<string, object> = {};
  for (const [index, participant] of participants.entries()) {
    await write(localLossHistoryFile(key, participant), json(local[participant]));
    const update = last?.updates.get(participant);
    const path = localModelFile(key, participant);
    if (last !== undefined && update !== undefined) {
      const { sha256, sizeBytes: size_bytes } = await writeLocal(dependencies, run, path, update, last.base);
      written[nameOf(path)] = { digest: { sha256, size_bytes }, parent: last.base.sha256 };
    } else await artifacts.delete(path);
    locals[`local_${index + 1}`] = {
      origin: participant,
      path: update === undefined ? null : path,
      loss_history: localLossHistoryFile(key, participant),
    };
  }
  for (const [name, svg] of Object.entries(await runPlots(dependencies, run, losses)))
    await write(plotFile(key, name), svg);
  const start = args.start_from;
  const { files: described } = await writeManifest(
    artifacts,
    {
      run: key,
      job,
      created_at: new Date().toISOString(),
      algorithm: args.algorithm,
      arguments: args,
      model: [...run.layers],
      rounds: round,
      round: returned.round,
      parent:
        parent === null || start == null
          ? null
          : { run: { ...key, expt: start.expt_id, run: start.run_id }, sha256: parent },
      participants: Object.fromEntries(
        participants.map((name) => [name, { data_version: used.get(name) ?? null }]),
      ),
      lacks: Object.fromEntries(run.lacks),
    },
    written,
  );
  const path = globalModelFile(key);
  const body = {
    global: {
      origin: 'ttp',
      path,
      loss_history: globalLossHistoryFile(key),
      sha256: described[nameOf(path)]?.sha256,
    },
    ...locals,
    rounds: round,
    round: returned.round,
    dropped,
    ...(parent === null ? {} : { parent: { ...start, sha256: parent } }),
  };
  const { collab: collab_id, project: project_id, expt: expt_id, run: run_id } = key;
  await records.put('Model', { collab_id, project_id, expt_id, run_id }, body);
  return { rounds: round, round: returned.round, model: path, dropped };
}

/** Writes a participant's model after the last round, w_k = w + Δ_k, piece by piece. */
async function writeLocal(
  { artifacts, scratch }: Dependencies,
  run: RunDefinition,
  path: string,
  update: StagedUpdate,
  base: ModelFile,
): Promise<ModelFile> {
  const global = await openVector(await scratch.open(base.path));
  if (global === undefined) throw new Error(`checkpoint file ${base.path} is gone`);
  const pieces = async function* () {
    for await (const { block, start } of blocksOf(update)) {
      const weights = new Float32Array(block.length);
      await global.read(start, weights);
      for (let i = 0; i < block.length; i++) weights[i]! += block[i]!;
      yield weights;
    }
  };
  try {
    return await writeModel(artifacts, path, run.manifest, metadataOf(run), pieces());
  } finally {
    await global.close();
  }
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
