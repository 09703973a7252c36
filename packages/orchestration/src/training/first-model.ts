import { setImmediate } from 'node:timers/promises';
import {
  checkGlobalModel,
  globalModelFile,
  openArtifact,
  readManifest,
  type RunIds,
} from '@synergos/artifacts';
import { drawWeights, stateNames } from '@synergos/fed-algorithms';
import { spaceDifferences } from '../project/space-differences.js';
import { OrchestrationError } from '../errors.js';
import { BLOCK_VALUES, blocksOf } from '../updates/blocks.js';
import type { Checkpoint, Checkpoints } from '../checkpoints/checkpoint.js';
import { describeTensors, openVector, writeModel, type ModelFile } from '../checkpoints/global-model.js';
import type { Dependencies } from '../dependencies.js';
import type { RunDefinition } from '../project/run-definition.js';
import { noLosses } from '../checkpoints/loss-history.js';
import { noStanding } from '../checkpoints/standing.js';
import { metadataOf } from './trained-model.js';
import { trainedSpace } from '../inference/trained-run.js';

/** The model of round 0: weights drawn from the seed, zeros, or another run's global model. */
export async function firstModel(
  dependencies: Dependencies,
  run: RunDefinition,
  paths: Pick<Checkpoints, 'modelPath' | 'statePath'>,
): Promise<Checkpoint> {
  const { args, algorithm, manifest } = run;
  const first =
    args.start_from == null
      ? await drawn(dependencies, run, paths)
      : await inherited(dependencies, run, paths);
  const { size } = manifest;
  const vector = { size, tensors: [{ name: 'state', shape: [size], offset: 0, size, trainable: false }] };
  const state: Record<string, ModelFile> = {};
  for (const name of stateNames(algorithm, args))
    state[name] = await writeModel(dependencies.scratch, paths.statePath(0, name), vector, {}, zeros(size));
  const nothing = {
    carried: {},
    numbers: {},
    history: noLosses,
    counted: {},
    shares: {},
    standing: noStanding,
    completed: null,
  };
  return { round: 0, ...first, state, ...nothing };
}

function* zeros(size: number): Generator<Float32Array> {
  const block = new Float32Array(Math.min(BLOCK_VALUES, size));
  for (let start = 0; start < size; start += BLOCK_VALUES) yield block.subarray(0, size - start);
}

type First = Pick<Checkpoint, 'model' | 'parent'>;
type Paths = Pick<Checkpoints, 'modelPath'>;

async function drawn({ scratch }: Dependencies, run: RunDefinition, paths: Paths): Promise<First> {
  const { model, manifest, args } = run;
  const pieces = async function* () {
    if (args.initial_weights === 'zeros') return yield* zeros(manifest.size);
    for (const piece of drawWeights(model, manifest, args.seed)) {
      yield piece;
      await setImmediate();
    }
  };
  return {
    model: await writeModel(scratch, paths.modelPath(0), manifest, metadataOf(run), pieces()),
    parent: null,
  };
}

/** Copies the model, for the other run may be trained again meanwhile. */
async function inherited(dependencies: Dependencies, run: RunDefinition, paths: Paths): Promise<First> {
  const { artifacts, scratch } = dependencies;
  const { key, manifest, args } = run;
  const { expt_id = '', run_id = '' } = args.start_from ?? {};
  const ids = { ...key, expt: expt_id, run: run_id };
  const path = globalModelFile(ids);
  const digest = await checkGlobalModel(artifacts, ids);
  const vector = await openVector(await openArtifact(dependencies, path));
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
    await requireSameSpace(dependencies, run, { ...key, expt: expt_id, run: run_id });
    const pieces = async function* () {
      for await (const { block } of blocksOf(vector)) yield block;
    };
    return {
      model: await writeModel(scratch, paths.modelPath(0), manifest, metadataOf(run), pieces()),
      parent: digest.sha256,
    };
  } finally {
    await vector.close();
  }
}

/** Weights fit only the features and classes that they were trained on. */
async function requireSameSpace(
  dependencies: Dependencies,
  { project, space }: RunDefinition,
  start: RunIds,
): Promise<void> {
  const trained = await readManifest(dependencies.artifacts, start);
  if (trained === undefined) return;
  const theirs = await trainedSpace(dependencies, start, { ...project, space }, trained);
  const differences = spaceDifferences(theirs, space);
  if (differences.length > 0)
    throw new OrchestrationError(
      'unfit_start',
      `start_from names run '${start.expt}/${start.run}', whose feature space is not the project's: ${differences.join('; ')}`,
    );
}
