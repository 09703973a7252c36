import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { NetworkError } from '../errors.js';
import type { LayerFunction } from './layer-function.js';

/** A row of the weights for each index. */
export const embedding: LayerFunction<StructureOf<'Embedding'>> = (structure, { input, parameters }) => {
  const { num_embeddings, embedding_dim, padding_idx } = structure;
  const indices = Int32Array.from(input.dataSync());
  for (const [place, value] of (input.dataSync() as Float32Array).entries())
    if (value !== indices[place] || value < 0 || value >= num_embeddings)
      throw new NetworkError(
        'index_without_embedding',
        `Embedding takes whole numbers from 0 to ${num_embeddings - 1}, got ${value}: switch the scaling of the features off, or raise num_embeddings`,
      );
  const rows = tf.gather(parameters['weight']!, tf.tensor1d(indices, 'int32'), 0);
  return {
    output: tf.reshape(rows, [...input.shape, embedding_dim]),
    backward(gradient) {
      const ofRows = gradient.dataSync();
      const ofWeight = new Float32Array(num_embeddings * embedding_dim);
      for (const [place, index] of indices.entries()) {
        if (index === padding_idx) continue;
        for (let i = 0; i < embedding_dim; i++)
          ofWeight[index * embedding_dim + i]! += ofRows[place * embedding_dim + i]!;
      }
      return {
        input: tf.zerosLike(input),
        parameters: { weight: tf.tensor(ofWeight, [num_embeddings, embedding_dim]) },
      };
    },
  };
};
