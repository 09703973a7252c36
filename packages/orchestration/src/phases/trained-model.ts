import {
  globalLossHistoryFile,
  globalModelFile,
  localLossHistoryFile,
  localModelFile,
  writeManifest,
} from '@synergos/artifacts';
import { encodeSafetensorsHeader } from '@synergos/rpc-core';
import { OrchestrationError } from '../errors.js';
import { blocksOf } from '../round/blocks.js';
import type { Checkpoint } from '../round/checkpoint.js';
import { bytesOf, modelParts } from '../round/global-model.js';
import { summarise } from '../round/loss-history.js';
import type { StagedUpdate } from '../round/staging.js';
import type { Ground } from './ground.js';
import type { RunDefinition } from './run-definition.js';

/** What the participants sent in the last round, and the global model they started from. */
export interface LastRound {
  readonly base: { readonly weights: Float32Array; readonly sha256: string };
  readonly updates: ReadonlyMap<string, StagedUpdate>;
}

/** What a model's file says of itself. */
export function metadataOf({ key, args }: RunDefinition): Readonly<Record<string, string>> {
  return { ...key, algorithm: args.algorithm };
}

/** Writes the run's models, loss histories and manifest, and its Model record. */
export async function storeModel(
  { files, records }: Ground,
  run: RunDefinition,
  job: string,
  { round, weights, history, parent }: Checkpoint,
  last: LastRound | undefined,
): Promise<unknown> {
  const { key, manifest, args } = run;
  const metadata = metadataOf(run);
  const participants = [...new Set(history.rounds.flatMap(({ train }) => Object.keys(train)))].sort();
  const { global, local } = summarise(history, participants);
  const written: Record<string, { parent?: string }> = {};
  const write = async (path: string, content: Parameters<typeof files.write>[1], particulars = {}) => {
    await files.write(path, content);
    written[path.split('/').at(-1) ?? path] = particulars;
  };

  await write(globalModelFile(key), modelParts(manifest, weights, metadata));
  await write(globalLossHistoryFile(key), json(global));
  const locals: Record<string, object> = {};
  for (const [index, participant] of participants.entries()) {
    await write(localLossHistoryFile(key, participant), json(local[participant]));
    const update = last?.updates.get(participant);
    const path = localModelFile(key, participant);
    if (last !== undefined && update !== undefined)
      await write(path, localParts(run, update, last.base.weights), { parent: last.base.sha256 });
    locals[`local_${index + 1}`] = {
      origin: participant,
      path: update === undefined ? null : files.locate(path),
      loss_history: files.locate(localLossHistoryFile(key, participant)),
    };
  }
  const start = args.start_from;
  const { files: described } = await writeManifest(
    files,
    {
      run: key,
      job,
      created_at: new Date().toISOString(),
      algorithm: args.algorithm,
      arguments: args,
      model: [...run.layers],
      rounds: round,
      parent:
        parent === null || start == null
          ? null
          : { run: { ...key, expt: start.expt_id, run: start.run_id }, sha256: parent },
      participants: Object.fromEntries(
        participants.map((name) => [name, { data_version: run.dataVersions.get(name) ?? null }]),
      ),
    },
    written,
  );
  const path = globalModelFile(key);
  const body = {
    global: {
      origin: 'ttp',
      path: files.locate(path),
      loss_history: files.locate(globalLossHistoryFile(key)),
      sha256: described[path.split('/').at(-1) ?? '']?.sha256,
    },
    ...locals,
    rounds: round,
    ...(parent === null ? {} : { parent: { ...start, sha256: parent } }),
  };
  const { collab: collab_id, project: project_id, expt: expt_id, run: run_id } = key;
  await records.put('Model', { collab_id, project_id, expt_id, run_id }, body);
  return { rounds: round, model: files.locate(path) };
}

/** The run's global model. */
export async function readModel({ files }: Ground, { key }: RunDefinition): Promise<Uint8Array> {
  const model = await files.read(globalModelFile(key));
  if (model === undefined)
    throw new OrchestrationError(
      'not_trained',
      `run '${key.run}' has no model. POST /ttp/train/…/models/${key.expt}/${key.run} first.`,
    );
  return model;
}

/** A participant's model after the last round, w_k = w + Δ_k, made piece by piece. */
async function* localParts(
  run: RunDefinition,
  update: StagedUpdate,
  base: Float32Array,
): AsyncGenerator<Uint8Array> {
  yield encodeSafetensorsHeader(run.manifest.tensors, metadataOf(run));
  for await (const { block, start } of blocksOf(update)) {
    for (let i = 0; i < block.length; i++) block[i]! += base[start + i]!;
    yield bytesOf(block);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
