import { createRandom, type Manifest, type Model, type Samples, type Vector } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { activationFunctions } from './activations.js';
import { layerFunctionOf } from './layers.js';
import type { LayerResult } from './layers/layer-function.js';

/** Parameters by name, for each layer. */
export type Tensors = readonly Readonly<Record<string, tf.Tensor>>[];

/** One forward pass of a batch, ready for its backward pass. */
export interface Pass {
  /** What the criterion reads: before a last sigmoid or softmax, after any other activation. */
  readonly scores: tf.Tensor;
  readonly output: () => tf.Tensor;
  storeBuffers(weights: Vector, manifest: Manifest): void;
  backward(
    ofScores: tf.Tensor,
    manifest: Manifest,
    asksForInput: boolean,
  ): { gradient: Float32Array; ofInput?: Float32Array };
}

/** Runs a batch through the layers. The caller frees the tensors. */
export function forward(
  model: Model,
  tensors: Tensors,
  input: tf.Tensor,
  { training, seed = 0, readsScores }: { training: boolean; seed?: number; readsScores: boolean },
): Pass {
  const last = model.length - 1;
  const random = createRandom(seed);
  const results: LayerResult[] = [];
  const activated: tf.Tensor[] = [];
  let value = input;
  for (const [index, layer] of model.entries()) {
    const step = { input: value, parameters: tensors[index] ?? {}, training, random };
    const result = layerFunctionOf(layer)(layer.structure, step);
    results.push(result);
    value =
      index === last && readsScores
        ? result.output
        : activationFunctions[layer.activation].forward(result.output);
    activated.push(value);
  }

  return {
    scores: value,
    output: () => (readsScores ? activationFunctions[model[last]!.activation].forward(value) : value),
    storeBuffers(weights, manifest) {
      const buffers = results.flatMap(({ buffers = {} }, index) => named(index, buffers));
      scatter(buffers, weights, manifest);
    },
    backward(ofScores, manifest, asksForInput) {
      const gradient = new Float32Array(manifest.size);
      const lowest = asksForInput ? 0 : lowestTrained(manifest);
      let flowing = ofScores;
      for (let index = last; index >= lowest; index--) {
        const { output, backward } = results[index]!;
        if (index !== last || !readsScores)
          flowing = activationFunctions[model[index]!.activation].backward(
            output,
            activated[index]!,
            flowing,
          );
        const { input: ofInput, parameters = {} } = backward(flowing, asksForInput || index > lowest);
        scatter(named(index, parameters), gradient, manifest);
        if (ofInput) flowing = ofInput;
      }
      return { gradient, ...(asksForInput && { ofInput: flowing.dataSync() as Float32Array }) };
    },
  };
}

/** Nothing below the first layer with weights needs a gradient. */
function lowestTrained(manifest: Manifest): number {
  return Number.parseInt(manifest.tensors.find(({ trainable }) => trainable)?.name ?? '0', 10);
}

function named(
  index: number,
  tensors: Readonly<Record<string, tf.Tensor>>,
): [name: string, tensor: tf.Tensor][] {
  return Object.entries(tensors).map(([name, tensor]) => [`${index}.${name}`, tensor]);
}

function scatter(tensors: [name: string, tensor: tf.Tensor][], vector: Vector, manifest: Manifest): void {
  if (tensors.length === 0) return;
  const byName = new Map(tensors);
  for (const { name, offset } of manifest.tensors) {
    const tensor = byName.get(name);
    if (tensor) vector.set(tensor.dataSync(), offset);
  }
}

/** The parameters of each layer as tensors. */
export function toTensors(weights: Vector, { tensors }: Manifest): Tensors {
  const layers: Record<string, tf.Tensor>[] = [];
  for (const { name, shape, offset, size } of tensors) {
    const dot = name.indexOf('.');
    // A copy: the CPU backend keeps the array it is given, and the weights change.
    (layers[Number(name.slice(0, dot))] ??= {})[name.slice(dot + 1)] = tf.tensor(
      Float32Array.from(weights.subarray(offset, offset + size)),
      [...shape],
    );
  }
  return layers;
}

export function toTensor({ features, count, shape }: Samples): tf.Tensor {
  return tf.tensor(features, [count, ...shape]);
}
