import { setImmediate } from 'node:timers/promises';
import { globalModelFile } from '@synergos/artifacts';
import { drawWeights } from '@synergos/fed-algorithms';
import { decodeSafetensors } from '@synergos/rpc-core';
import { OrchestrationError } from '../errors.js';
import type { Checkpoint } from '../round/checkpoint.js';
import type { Ground } from './ground.js';
import type { RunDefinition } from './run-definition.js';

/** What the first round starts from: weights drawn from the seed, or another run's global model. */
export async function firstModel(ground: Ground, run: RunDefinition): Promise<Checkpoint> {
  const { manifest, args, algorithm } = run;
  const state = (algorithm.server?.state ?? []).map(
    (name) => [name, new Float32Array(manifest.size)] as const,
  );
  const { weights, parent } = args.start_from == null ? await drawn(run) : await inherited(ground, run);
  return { round: 0, weights, state: Object.fromEntries(state), history: { rounds: [] }, parent };
}

type First = Pick<Checkpoint, 'weights' | 'parent'>;

async function drawn({ model, manifest, args }: RunDefinition): Promise<First> {
  const drawing = drawWeights(model, manifest, args.seed);
  for (;;) {
    const { done, value } = drawing.next();
    if (done === true) return { weights: value, parent: null };
    await setImmediate();
  }
}

async function inherited({ files }: Ground, { key, manifest, args }: RunDefinition): Promise<First> {
  const { expt_id = '', run_id = '' } = args.start_from ?? {};
  const path = globalModelFile({ ...key, expt: expt_id, run: run_id });
  const [bytes, digest] = [await files.read(path), await files.digest(path)];
  if (bytes === undefined || digest === undefined)
    throw new OrchestrationError(
      'not_trained',
      `start_from names run '${expt_id}/${run_id}', which has no model; train it first`,
    );
  const { tensors, data } = decodeSafetensors(bytes);
  const [theirs, ours] = [tensors, manifest.tensors].map((list) =>
    list.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' '),
  );
  if (theirs !== ours)
    throw new OrchestrationError(
      'unfit_start',
      `start_from names run '${expt_id}/${run_id}', whose model is ${theirs}; this run's is ${ours}`,
    );
  return { weights: data, parent: digest.sha256 };
}
