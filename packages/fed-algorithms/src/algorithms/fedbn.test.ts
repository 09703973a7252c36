import { describe, expect, it } from 'vitest';
import { absoluteErrorModel } from '../../test/absolute-error.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import { createLocalTrainer } from '../training/local-trainer.js';
import { createManifest, parseModel } from '../model/index.js';
import { ownModel, trainClient } from '../training/train-client.js';
import type { Vectors } from '../vector.js';
import { fedBn } from './fedbn.js';

const names = ['0.weight', '1.weight', '1.bias', '1.running_mean'];
const tensors = names.map((name, offset) => ({
  ...{ name, shape: [1], offset, size: 1 },
  trainable: name !== '1.running_mean',
}));
const model = { ...absoluteErrorModel(4, 1), manifest: { tensors, size: 4 } };
const args = parseRunArguments(createRegistry(), {
  ...{ algorithm: 'FedBN', epochs: 1, lr: 0.5, lr_scheduler: 'none' },
}).arguments;
// The slope of each weight is −1 throughout.
const samples = {
  ...{ features: Float32Array.of(1, 1, 1, 1), shape: [4] },
  ...{ targets: Float32Array.of(99), count: 1 },
};
const train = (global: Float64Array, state?: Vectors) =>
  trainClient({
    ...{ algorithm: fedBn, args, trainer: createLocalTrainer(model), samples, global, state },
    ...{ received: {}, round: 1, seed: 1, signal: new AbortController().signal },
  });

describe('FedBN', () => {
  it('keeps all of a batch norm with the participant, and sends the rest', async () => {
    const first = await train(new Float64Array(4));
    expect([...first.update]).toEqual([0.5, 0, 0, 0]);
    // Training resumes from its own batch norm and takes all other tensors from the global model.
    const second = await train(Float64Array.of(10, 20, 30, 40), first.state);
    expect([...second.trained.weights]).toEqual([10.5, 1, 1, 0]);
    expect([...second.update]).toEqual([0.5, 0, 0, 0]);
  });

  it('has a participant evaluate with its own batch norm', async () => {
    const { state } = await train(new Float64Array(4));
    const own = ownModel(fedBn, args, model.manifest, Float64Array.of(10, 20, 30, 40), state);
    expect([...own]).toEqual([10, 0.5, 0.5, 0]);
  });

  it('keeps batch norms without running statistics, and no other norm', () => {
    const channels = { num_features: 2, affine: true };
    const { tensors } = createManifest(
      parseModel([
        { l_type: 'BatchNorm1d', structure: { ...channels, track_running_stats: false }, is_input: true },
        { l_type: 'LayerNorm', structure: { normalized_shape: 2 } },
        { l_type: 'Linear', structure: { in_features: 2, out_features: 1 } },
      ]),
    );
    const local = fedBn.client?.localTensors?.({ tensors, size: 0 }, args);
    expect(local?.map(({ name }) => name)).toEqual(['0.weight', '0.bias']);
  });
});
