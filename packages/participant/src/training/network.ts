import {
  checkCriterion,
  createManifest,
  createRandom,
  inferShapes,
  outputKind,
  type Action,
  type CriterionName,
  type Manifest,
  type Model,
} from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { activationFunctions } from './activations.js';
import { startBackend, type Backend, type BackendName } from './backend.js';
import { createCriterion, type Criterion } from './criteria.js';
import { layerFunctions } from './layers.js';
import type { LayerFunction, LayerResult } from './layers/layer-function.js';
import type { Samples } from './samples.js';
import { chooseBackend, largestBatch, workPerSample } from './workload.js';

/** A model ready to compute: pure functions of a flat weight vector, laid out as `manifest` says. */
export interface Network {
  readonly manifest: Manifest;
  /**
   * Mean criterion of a batch and its gradient, in training mode. Buffers (a batch norm's running statistics)
   * are updated in `weights`; their places in the gradient are zero. `seed` draws the dropout masks.
   */
  lossAndGradient(
    weights: Float32Array,
    batch: Samples,
    seed: number,
  ): { loss: number; gradient: Float32Array };
  /** [count × outputs], in evaluation mode, after the last activation; in batches of bounded size. */
  predict(weights: Float32Array, samples: Samples): Float32Array;
  /** Mean criterion over the samples, in evaluation mode; in batches of bounded size. */
  loss(weights: Float32Array, samples: Samples): number;
}

export interface NetworkOptions {
  /** PyTorch's name, as in the run's `criterion`. */
  readonly criterion: CriterionName;
  readonly action: Action;
  /**
   * What computes. By default chosen by the size of model and batch alone, so that a task gives the same bytes on
   * every machine; `tensorflow` needs `@tensorflow/tfjs-node` and rounds as its native libraries do.
   */
  readonly backend?: BackendName;
}

/**
 * @throws InvalidArguments where the criterion does not fit the model's output.
 * The network's functions throw `InvalidModel` where samples do not have the shape that the model takes.
 */
export async function compileNetwork(model: Model, options: NetworkOptions): Promise<Network> {
  checkCriterion(model, options.criterion, options.action);
  const manifest = createManifest(model);
  const names = options.backend ? [options.backend] : (['cpu', 'wasm'] as const);
  const backends = new Map<BackendName, Backend>();
  for (const name of names) backends.set(name, await startBackend(name));
  const fitted = fitShapes(model, options);
  const backendFor = (work: number) => backends.get(options.backend ?? chooseBackend(work))!;

  return {
    manifest,
    lossAndGradient(weights, batch, seed) {
      const { criterion, work } = fitted(batch.shape);
      return backendFor(work * batch.count).run(() => {
        const tensors = toTensors(weights, manifest);
        const pass = forward(model, tensors, toTensor(batch), { training: true, seed });
        const scores = pass.scores.dataSync() as Float32Array;
        const ofScores = new Float32Array(scores.length);
        const loss = criterion(scores, batch.targets, ofScores);
        pass.storeBuffers(weights, manifest);
        const gradient = pass.backward(tf.tensor(ofScores, pass.scores.shape), manifest);
        return { loss, gradient };
      });
    },

    predict(weights, samples) {
      const { work, units, largest } = fitted(samples.shape);
      const predictions = new Float32Array(samples.count * units);
      for (const { start, batch } of inBatches(samples, largest)) {
        const output = backendFor(work * batch.count).run(() => {
          const pass = forward(model, toTensors(weights, manifest), toTensor(batch), { training: false });
          return pass.output().dataSync() as Float32Array;
        });
        predictions.set(output, start * units);
      }
      return predictions;
    },

    loss(weights, samples) {
      const { criterion, work, largest } = fitted(samples.shape);
      let sum = 0;
      for (const { batch } of inBatches(samples, largest)) {
        const scores = backendFor(work * batch.count).run(() => {
          const pass = forward(model, toTensors(weights, manifest), toTensor(batch), { training: false });
          return pass.scores.dataSync() as Float32Array;
        });
        sum += criterion(scores, batch.targets, new Float32Array(scores.length)) * batch.count;
      }
      return sum / samples.count;
    },
  };
}

interface Fitted {
  readonly units: number;
  readonly criterion: Criterion;
  /** Multiply-adds of one sample's forward pass. */
  readonly work: number;
  /** Samples in a batch of evaluation. */
  readonly largest: number;
}

/** What depends on the samples' shape: only the samples tell it, for images. */
function fitShapes(
  model: Model,
  { criterion, action }: NetworkOptions,
): (shape: readonly number[]) => Fitted {
  const known = new Map<string, Fitted>();
  return (shape) => {
    const key = shape.join();
    const fitted = known.get(key) ?? fit(shape);
    known.set(key, fitted);
    return fitted;
  };

  function fit(shape: readonly number[]): Fitted {
    const shapes = inferShapes(model, shape);
    const units = shapes.output.reduce((product, length) => product * length, 1);
    checkCriterion(model, criterion, action, units);
    return {
      units,
      criterion: createCriterion({ criterion, action, kind: outputKind(model), units }),
      work: workPerSample(model, shapes),
      largest: largestBatch(shapes),
    };
  }
}

type Tensors = readonly Readonly<Record<string, tf.Tensor>>[];

interface Pass {
  /** What the criterion reads: before a last sigmoid or softmax, after any other activation. */
  readonly scores: tf.Tensor;
  readonly output: () => tf.Tensor;
  storeBuffers(weights: Float32Array, manifest: Manifest): void;
  backward(ofScores: tf.Tensor, manifest: Manifest): Float32Array;
}

function forward(
  model: Model,
  tensors: Tensors,
  input: tf.Tensor,
  { training, seed = 0 }: { training: boolean; seed?: number },
): Pass {
  const last = model.length - 1;
  const readsScores = outputKind(model) !== 'scores';
  const random = createRandom(seed);
  const results: LayerResult[] = [];
  const activated: tf.Tensor[] = [];
  let value = input;
  for (const [index, { l_type, structure, activation }] of model.entries()) {
    const apply = layerFunctions[l_type] as LayerFunction<unknown>;
    const result = apply(structure, { input: value, parameters: tensors[index] ?? {}, training, random });
    results.push(result);
    value =
      index === last && readsScores ? result.output : activationFunctions[activation].forward(result.output);
    activated.push(value);
  }

  return {
    scores: value,
    output: () => (readsScores ? activationFunctions[model[last]!.activation].forward(value) : value),
    storeBuffers(weights, manifest) {
      const buffers = results.flatMap(({ buffers = {} }, index) => named(index, buffers));
      scatter(buffers, weights, manifest);
    },
    backward(ofScores, manifest) {
      const gradient = new Float32Array(manifest.size);
      const lowest = lowestTrained(manifest);
      let flowing = ofScores;
      for (let index = last; index >= lowest; index--) {
        const { output, backward } = results[index]!;
        if (index !== last || !readsScores)
          flowing = activationFunctions[model[index]!.activation].backward(
            output,
            activated[index]!,
            flowing,
          );
        const { input: ofInput, parameters = {} } = backward(flowing, index > lowest);
        scatter(named(index, parameters), gradient, manifest);
        if (ofInput) flowing = ofInput;
      }
      return gradient;
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

function scatter(
  tensors: [name: string, tensor: tf.Tensor][],
  vector: Float32Array,
  manifest: Manifest,
): void {
  if (tensors.length === 0) return;
  const byName = new Map(tensors);
  for (const { name, offset } of manifest.tensors) {
    const tensor = byName.get(name);
    if (tensor) vector.set(tensor.dataSync() as Float32Array, offset);
  }
}

function toTensors(weights: Float32Array, manifest: Manifest): Tensors {
  const layers: Record<string, tf.Tensor>[] = [];
  for (const { name, shape, offset, size } of manifest.tensors) {
    const [index, parameter] = name.split('.') as [string, string];
    // A copy: the CPU backend keeps the array it is given, and the weights change.
    (layers[Number(index)] ??= {})[parameter] = tf.tensor(weights.slice(offset, offset + size), [...shape]);
  }
  return layers;
}

function toTensor({ features, count, shape }: Samples): tf.Tensor {
  return tf.tensor(features, [count, ...shape]);
}

function* inBatches(samples: Samples, largest: number): Generator<{ start: number; batch: Samples }> {
  const width = samples.features.length / samples.count;
  for (let start = 0; start < samples.count; start += largest) {
    const end = Math.min(start + largest, samples.count);
    const features = samples.features.subarray(start * width, end * width);
    const targets = samples.targets.subarray(start, end);
    yield { start, batch: { features, shape: samples.shape, targets, count: end - start } };
  }
}
