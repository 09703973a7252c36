import {
  checkCriterion,
  createManifest,
  createRandom,
  inferShapes,
  InvalidModel,
  outputKind,
  type Action,
  type CriterionName,
  type Manifest,
  type Model,
  type ModelShapes,
} from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { activationFunctions } from './activations.js';
import { startBackend, type BackendName } from './backend.js';
import { createCriterion, type Criterion } from './criteria.js';
import { layerFunctions } from './layers.js';
import type { LayerFunction, LayerResult } from './layers/layer-function.js';
import type { Samples } from './samples.js';

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
   * What computes; `wasm` by default, whose results are the same bytes on every machine. It is as fast as `cpu` on the
   * smallest models, and faster on all others. `tensorflow` rounds as its native libraries do.
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
  const backend = await startBackend(options.backend ?? 'wasm');
  const fitted = fitShapes(model, options);

  return {
    manifest,
    lossAndGradient(weights, batch, seed) {
      const { criterion } = fitted(batch.shape);
      return backend.run(() => {
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
      const { units, largest } = fitted(samples.shape);
      const predictions = new Float32Array(samples.count * units);
      for (const { start, batch } of inBatches(samples, largest)) {
        const output = backend.run(() => {
          const pass = forward(model, toTensors(weights, manifest), toTensor(batch), { training: false });
          return pass.output().dataSync() as Float32Array;
        });
        predictions.set(output, start * units);
      }
      return predictions;
    },

    loss(weights, samples) {
      const { criterion, largest } = fitted(samples.shape);
      let sum = 0;
      for (const { batch } of inBatches(samples, largest)) {
        const scores = backend.run(() => {
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
    const [units = 1, ...rest] = shapes.output;
    if (rest.length > 0) {
      const message = `its output is [${shapes.output.join(', ')}] for each sample: end in Flatten and Linear`;
      throw new InvalidModel([{ path: `model.${model.length - 1}`, message }]);
    }
    checkCriterion(model, criterion, action, units);
    return {
      units,
      criterion: createCriterion({ criterion, action, kind: outputKind(model), units }),
      largest: evaluationBatch(shapes),
    };
  }
}

/** Float32 values that a layer's output may hold in evaluation: 16 MiB. */
const LARGEST_OUTPUT = 2 ** 22;
const LARGEST_BATCH = 4096;

function evaluationBatch({ input, outputs }: ModelShapes): number {
  const largest = Math.max(
    ...[input, ...outputs].map((shape) => shape.reduce((size, length) => size * length, 1)),
  );
  return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(LARGEST_OUTPUT / largest)));
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
    if (tensor) vector.set(tensor.dataSync(), offset);
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
