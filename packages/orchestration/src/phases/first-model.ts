import { setImmediate } from 'node:timers/promises';
import { globalModelFile } from '@synergos/artifacts';
import { drawWeights } from '@synergos/fed-algorithms';
import { OrchestrationError } from '../errors.js';
import { blocksOf, piecesOf } from '../round/blocks.js';
import type { Checkpoint, Checkpoints } from '../round/checkpoint.js';
import { describeTensors, openVector, writeModel, type ModelFile } from '../round/global-model.js';
import type { Ground } from './ground.js';
import type { RunDefinition } from './run-definition.js';
import { metadataOf } from './trained-model.js';

/** What the first round starts from: weights drawn from the seed, or another run's global model. */
export async function firstModel(
  ground: Ground,
  run: RunDefinition,
  paths: Pick<Checkpoints, 'modelPath' | 'statePath'>,
): Promise<Checkpoint> {
  const { args, algorithm, manifest } = run;
  const first =
    args.start_from == null ? await drawn(ground, run, paths) : await inherited(ground, run, paths);
  const state: Record<string, ModelFile> = {};
  for (const name of algorithm.server?.state ?? []) {
    const vector = {
      size: manifest.size,
      tensors: [{ ...ZERO, shape: [manifest.size], size: manifest.size }],
    };
    const zeros = piecesOf(new Float32Array(manifest.size));
    state[name] = await writeModel(ground.files, paths.statePath(0, name), vector, {}, zeros);
  }
  return { round: 0, ...first, state, history: { rounds: [] } };
}

const ZERO = { name: 'state', offset: 0, trainable: false };

type First = Pick<Checkpoint, 'model' | 'parent'>;
type Paths = Pick<Checkpoints, 'modelPath'>;

async function drawn({ files }: Ground, run: RunDefinition, paths: Paths): Promise<First> {
  const { model, manifest, args } = run;
  const drawing = drawWeights(model, manifest, args.seed);
  for (;;) {
    const { done, value } = drawing.next();
    if (done === true) {
      const path = paths.modelPath(0);
      return {
        model: await writeModel(files, path, manifest, metadataOf(run), piecesOf(value)),
        parent: null,
      };
    }
    await setImmediate();
  }
}

/** Copied, for the other run may be trained anew meanwhile. */
async function inherited({ files }: Ground, run: RunDefinition, paths: Paths): Promise<First> {
  const { key, manifest, args } = run;
  const { expt_id = '', run_id = '' } = args.start_from ?? {};
  const path = globalModelFile({ ...key, expt: expt_id, run: run_id });
  const digest = await files.digest(path);
  const vector = await openVector(files, path);
  if (vector === undefined || digest === undefined)
    throw new OrchestrationError(
      'not_trained',
      `start_from names run '${expt_id}/${run_id}', which has no model; train it first`,
    );
  try {
    const [theirs, ours] = [vector.tensors, manifest.tensors].map(describeTensors);
    if (theirs !== ours)
      throw new OrchestrationError(
        'unfit_start',
        `start_from names run '${expt_id}/${run_id}', whose model is ${theirs}; this run's is ${ours}`,
      );
    const pieces = async function* () {
      for await (const { block } of blocksOf(vector)) yield block;
    };
    return {
      model: await writeModel(files, paths.modelPath(0), manifest, metadataOf(run), pieces()),
      parent: digest.sha256,
    };
  } finally {
    await vector.close();
  }
}
