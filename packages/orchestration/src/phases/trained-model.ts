import {
  globalModelFile,
  globalLossHistoryFile,
  localLossHistoryFile,
  localModelFile,
} from '@synergos/artifacts';
import { encodeSafetensors } from '@synergos/rpc-core';
import { OrchestrationError } from '../errors.js';
import type { Checkpoint } from '../round/checkpoint.js';
import { summarise } from '../round/loss-history.js';
import type { StagedUpdate } from '../round/staging.js';
import type { Ground } from './ground.js';
import type { RunDefinition } from './run-definition.js';

/** What the participants sent in the last round, and the global weights they started from. */
export interface LastRound {
  readonly base: Float32Array;
  readonly updates: ReadonlyMap<string, StagedUpdate>;
}

/** Writes the run's model and loss histories, global and of each participant, and its Model record. */
export async function storeModel(
  { files, records }: Ground,
  run: RunDefinition,
  { round, weights, history }: Checkpoint,
  last: LastRound | undefined,
): Promise<unknown> {
  const { key, manifest, args } = run;
  const { collab, project, expt, run: runId } = key;
  const trained = history.rounds.flatMap(({ train }) => Object.keys(train));
  const participants = [...new Set(trained)].sort();
  const { global, local } = summarise(history, participants);
  const metadata = { ...key, algorithm: args.algorithm };
  const writeJson = (path: string, value: unknown) =>
    files.write(path, `${JSON.stringify(value, null, 2)}\n`);
  const origin = (path: string) => ({ path: files.locate(path) });

  await files.write(globalModelFile(key), encodeSafetensors(manifest.tensors, weights, metadata));
  await writeJson(globalLossHistoryFile(key), global);
  const body: Record<string, unknown> = {
    global: {
      origin: 'ttp',
      ...origin(globalModelFile(key)),
      loss_history: files.locate(globalLossHistoryFile(key)),
    },
  };
  for (const [index, participant] of participants.entries()) {
    await writeJson(localLossHistoryFile(key, participant), local[participant]);
    const update = last?.updates.get(participant);
    if (last !== undefined && update !== undefined) {
      const weights = new Float32Array(manifest.size);
      await update.read(0, weights);
      for (let i = 0; i < weights.length; i++) weights[i]! += last.base[i]!;
      await files.write(
        localModelFile(key, participant),
        encodeSafetensors(manifest.tensors, weights, metadata),
      );
    }
    body[`local_${index + 1}`] = {
      origin: participant,
      path: update === undefined ? null : files.locate(localModelFile(key, participant)),
      loss_history: files.locate(localLossHistoryFile(key, participant)),
    };
  }
  await records.put(
    'Model',
    { collab_id: collab, project_id: project, expt_id: expt, run_id: runId },
    { ...body, rounds: round },
  );
  return { rounds: round, model: files.locate(globalModelFile(key)) };
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
