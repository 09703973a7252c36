import type { Algorithm } from '../algorithm.js';
import type { Manifest, TensorSpec } from '../model/index.js';

/**
 * FedAvg of all but the batch norms: their scales, shifts and running statistics stay with each participant, whose
 * features are distributed in a way of their own. A participant evaluates and predicts with its own batch norms.
 * Li, Jiang, Zhang, Kamp & Dou: FedBN: Federated Learning on Non-IID Features via Local Batch Normalization (2021).
 */
export const fedBn: Algorithm = {
  name: 'FedBN',
  summary: 'FedAvg whose batch norms stay with each participant.',
  reads: [],
  paper: 'Li et al. 2021, FedBN: Federated Learning on Non-IID Features via Local Batch Normalization',
  defaults: { mu: 0 },
  client: { localTensors: batchNorms },
};

/** All tensors of batch norms: of the layers that say so, and of those with running statistics in a manifest that says nothing. */
function batchNorms({ tensors }: Manifest): readonly TensorSpec[] {
  const layerOf = ({ name }: TensorSpec) => name.slice(0, name.lastIndexOf('.'));
  const layers = new Set(tensors.filter(({ name }) => name.endsWith('.running_mean')).map(layerOf));
  return tensors.filter((tensor) => tensor.batchNorm ?? layers.has(layerOf(tensor)));
}
